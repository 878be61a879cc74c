import { encodeJson } from '@pulsewire/codec'
import {
  deviceRoot,
  downlinkTopic,
  errorCodeOf,
  isId,
  type CommandMessage,
  type NoticeMessage,
} from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { createIngest, createNotices, startCommandDelivery, type IngestLimits, type Outcome } from '@pulsewire/ingest'
import { openRegistryView } from '@pulsewire/registry'
import {
  NO_TRACING,
  PROBE_WITHIN_MS,
  type Logger,
  type Metrics,
  type Probes,
  type Running,
  type Tracing,
} from '@pulsewire/runtime'
import { createHeardDevices } from './heard-devices.ts'
import { openBrokerLink, type LinkOptions } from './link/broker-link.ts'
import type { Publication } from './link/publication.ts'

export interface BridgeDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Metrics
  /** Default: nothing is traced. */
  readonly tracing?: Tracing
  readonly now?: () => number
}

export interface BridgeOptions extends LinkOptions {
  readonly limits?: Partial<IngestLimits>
  /** A command is sent again after so long without an answer. */
  readonly commandAgainMs?: number
  /** How long the stop waits for what was taken to become durable. */
  readonly drainMs?: number
}

export interface RunningBridge extends Running {
  /** What `/readyz` asks. */
  readonly probes: Probes
}

/** What is quarantined though its topic names no device that could be registered stands under this one. */
export const UNIDENTIFIED_DEVICE = '_unidentified'

const DEFAULT_COMMAND_AGAIN_MS = 30_000
const DEFAULT_DRAIN_MS = 1_500
/** A notice says what time it is: one that the broker kept for later would set clocks wrong. */
const NOTICE_EXPIRY_SECONDS = 30

/**
 * Takes what devices publish at a broker that is not ours into the log. Each message is acknowledged to that broker when it is durable
 * (in `telemetry`, or in `quarantine` with the reason), in the order of arrival; while the log refuses, it is held, and the broker keeps
 * what follows. Resolves when the log's views are open; the broker is waited for.
 */
export async function startBridge(deps: BridgeDeps, options: BridgeOptions): Promise<RunningBridge> {
  const { log, logger, metrics, tracing = NO_TRACING, now = Date.now } = deps
  const onError = (error: Error): void => logger.error({ err: error }, 'the log could not be read')
  const registry = await openRegistryView(log, { onError, now })
  const devices = createHeardDevices((device) => notices.forget(device))

  const publish = (device: string, topic: string, message: CommandMessage | NoticeMessage): void => {
    if (device === UNIDENTIFIED_DEVICE) return
    const isNotice = topic === downlinkTopic(device, 'notice')
    const expirySeconds =
      'expiresAt' in message ? Math.ceil((message.expiresAt - now()) / 1_000) : NOTICE_EXPIRY_SECONDS
    if (expirySeconds <= 0) return
    // MQTT 3.1.1 knows no expiry, but what has QoS 0 is not kept for who is away.
    const qos = isNotice && options.protocol === 4 ? 0 : 1
    const sent = link.publish({ topic, payload: Buffer.from(encodeJson(message)), qos, expirySeconds })
    metrics.sent.inc({ kind: `${isNotice ? 'notice' : 'command'}${sent ? '' : '-not-now'}` })
  }
  const notices = createNotices({ now, publish })
  const ingest = createIngest({
    log,
    registry,
    now,
    // The broker holds what we do not acknowledge, and sends it again in order when we are gone: there is no use in giving up.
    limits: { maxHoldMs: Infinity, ...options.limits },
    onNotice: (notice) => notices.ingest(notice),
    onCommitted: (_records, oldestWaitedMs) => {
      metrics.latencyMs.observe({ step: 'durable' }, oldestWaitedMs)
    },
    onRefused: (error) => {
      metrics.errors.inc({ code: errorCodeOf(error) })
      logger.warn({ err: error, pending: ingest.pending.count }, 'the log refused; trying again')
    },
  })
  metrics.beforeLook(async () => {
    metrics.queue.set({ name: 'ingest' }, ingest.pending.count)
    metrics.queue.set({ name: 'ingest-bytes' }, ingest.pending.bytes)
    metrics.open.set({ name: 'links' }, link.state.ok ? 1 : 0)
  })
  const commands = await startCommandDelivery({
    log,
    now,
    sendAgainMs: options.commandAgainMs ?? DEFAULT_COMMAND_AGAIN_MS,
    reachable: devices,
    publish,
    onError,
  })

  const onStored = (device: string, outcome: Outcome): void => {
    metrics.received.inc({ kind: outcome.kind === 'stored' ? outcome.uplink : 'quarantined' })
    const isNew = devices.heard(device)
    if (outcome.kind !== 'stored') return
    if (outcome.commandAck !== undefined) commands.acknowledged(device, outcome.commandAck)
    // A device says its status when it connects: now it can be told what waits for it, and the time.
    if (isNew || outcome.uplink === 'status') commands.listening(device)
    if (outcome.uplink === 'status') notices.time(device)
  }

  const take = (publication: Publication, settle: () => void): void => {
    const { topic, payload, retain, dup, whole } = publication
    const device = deviceOf(topic)
    // Retained: it was delivered when it was published. Ours: a filter that covers what we send, too.
    if (retain || topic === downlinkTopic(device, 'notice') || topic === downlinkTopic(device, 'command')) {
      metrics.received.inc({ kind: retain ? 'retained' : 'downlink' })
      settle()
      return
    }
    const began = performance.now()
    const span = tracing.root('receive', { device, topic })
    const traced = span === undefined ? {} : { traceparent: span.traceparent }
    const arrival = { device, topic, payload, receivedAt: now(), again: dup, relayed: true, ...traced }
    ingest
      .accept(whole === undefined ? arrival : { ...arrival, whole })
      .then((outcome) => {
        settle()
        span?.end()
        metrics.latencyMs.observe({ step: 'acknowledged' }, performance.now() - began)
        onStored(device, outcome)
      })
      // Not durable, so not acknowledged, nor anything behind it: the broker has to send them all again.
      .catch((error: unknown) => {
        span?.end(error)
        link.reconnect(error instanceof Error ? error : new Error(String(error)))
      })
  }
  const link = openBrokerLink(options, { take, congested: () => ingest.congested, logger })
  const offCongestion = ingest.onCongestion((congested) => {
    if (congested) logger.warn(ingest.pending, 'the queue before the log is full: the broker is read more slowly')
    else link.wake()
  })

  return {
    probes: { registry: () => registry.catchUp(PROBE_WITHIN_MS) },
    health: () => {
      const { refusal, pending } = ingest
      if (refusal !== undefined) {
        return { ok: false, detail: `the log refuses (${errorCodeOf(refusal)}); ${pending.count} messages wait` }
      }
      const { ok, detail } = link.state
      return { ok, detail: `${detail}; ${pending.count} messages wait` }
    },
    stop: async () => {
      // What was taken becomes durable and is acknowledged; what is not, the broker sends again.
      link.quiesce()
      await Promise.race([ingest.idle().then(settled), delay(options.drainMs ?? DEFAULT_DRAIN_MS)])
      await link.close()
      offCongestion()
      ingest.close()
      await commands.stop()
      await registry.close()
    },
  }
}

/** On a broker that is not ours the topic says which device it is; the broker's access list sees to it that it is true. */
function deviceOf(topic: string): string {
  const [, , device = ''] = topic.split('/', 3)
  return isId(device) && topic.startsWith(deviceRoot(device)) ? device : UNIDENTIFIED_DEVICE
}

/** What was settled has been written. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
