import { encodeJson } from '@pulsewire/codec'
import { downlinkTopic, errorCodeOf, type CommandMessage, type NoticeMessage } from '@pulsewire/contracts'
import type { EventLog, SpoolStatus } from '@pulsewire/event-log'
import { createIngest, createNotices, startCommandDelivery, type Ingest, type IngestLimits } from '@pulsewire/ingest'
import { openRegistryView } from '@pulsewire/registry'
import { NO_TRACING, type Logger, type Metrics, type Tracing } from '@pulsewire/runtime'
import { Aedes } from 'aedes'
import { writeToStream } from 'mqtt-packet'
import type { Socket } from 'node:net'
import { DEFAULT_SHARE, GatedConnection, type ConnectionShare } from './connection/gated-connection.ts'
import { attachEngine } from './engine.ts'
import { createTurnEnd } from './connection/turn-end.ts'
import { createOutcomeMetrics } from './outcome-metrics.ts'
import { createPublishHandler } from './publish-handler.ts'
import type { ReceptionOptions } from './reception.ts'
import { createDeviceSessions } from './session/device-sessions.ts'
import { createRefusalReports } from './session/refusal-reports.ts'
import { createShortWay } from './short-way.ts'
import type { BrokerSpool } from './spool/open-broker-log.ts'
import { startSpoolReports } from './spool/spool-reports.ts'

export interface BrokerDeps {
  readonly log: EventLog
  /** Where `log` has a spool before it: the broker then starts, and goes on, without the log. */
  readonly spool?: BrokerSpool
  readonly logger: Logger
  readonly metrics: Metrics
  /** Default: nothing is traced. */
  readonly tracing?: Tracing
  readonly now?: () => number
}

export interface CoreOptions {
  readonly limits?: Partial<IngestLimits>
  readonly share?: Partial<ConnectionShare>
  /** A command is sent again after so long without an answer. */
  readonly commandAgainMs?: number
  /** How long a CONNECT waits until the registry is up to date, before it is refused as "unavailable". Default 5 s. */
  readonly signInWithinMs?: number
  /** A broker with a spool says so often what waits there. Default 30 s. */
  readonly spoolReportMs?: number
  /** How long the stop waits for what is under way to become durable, and again for the wills. */
  readonly drainMs?: number
  /** Connections that have not said who they are: beyond so many, the oldest of them is closed for each new one. Default 1,000. */
  readonly maxSilent?: number
}

/** The broker without its listeners. */
export interface BrokerCore {
  readonly ingest: Pick<Ingest, 'refusal' | 'pending'>
  readonly connections: number
  /** Resolves when the view of the registry has reached its head; rejects where it does not within the time. */
  registryReached(withinMs: number): Promise<void>
  handle(socket: Socket): void
  stop(): Promise<void>
}

const DEFAULT_COMMAND_AGAIN_MS = 30_000
const DEFAULT_SIGN_IN_MS = 5_000
const DEFAULT_REPORT_MS = 30_000
const DEFAULT_DRAIN_MS = 1_500
const DEFAULT_MAX_SILENT = 1_000
const FLUSH_CHECK_MS = 10
const KEEPALIVE_CHECK_MS = 1_000

export async function startCore(deps: BrokerDeps, options: CoreOptions): Promise<BrokerCore> {
  const { log, spool, logger, metrics, tracing = NO_TRACING, now = Date.now } = deps
  const sessions = createDeviceSessions()
  const gates = new Set<GatedConnection>()
  const silent = new Set<GatedConnection>()
  const flushLater = createTurnEnd()
  const maxSilent = options.maxSilent ?? DEFAULT_MAX_SILENT
  const share = { ...DEFAULT_SHARE, ...options.share }
  const onError = (error: Error): void => logger.error({ err: error }, 'the log could not be read')
  const registry = await openRegistryView(log, { onError, now, caughtUp: spool === undefined })

  const publish = (device: string, topic: string, message: CommandMessage | NoticeMessage): void => {
    // Aedes would keep it for a device that is not here; what must arrive (commands) is kept in the log.
    if (sessions.get(device) === undefined) return
    metrics.sent.inc({ kind: topic === downlinkTopic(device, 'notice') ? 'notice' : 'command' })
    const payload = Buffer.from(encodeJson(message))
    aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) => {
      if (error instanceof Error) logger.warn({ err: error, device }, 'could not be told')
    })
  }
  const notices = createNotices({ now, publish })
  const ingest = createIngest({
    log,
    registry,
    now,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    onNotice: (notice) => notices.ingest(notice),
    onCommitted: (_records, oldestWaitedMs) => {
      metrics.latencyMs.observe({ step: 'durable' }, oldestWaitedMs)
    },
    onRefused: (error) => {
      metrics.errors.inc({ code: errorCodeOf(error) })
      logger.warn({ err: error, pending: ingest.pending.count }, 'the log refused; trying again')
    },
  })
  const offCongestion = ingest.onCongestion((congested) => {
    if (congested) logger.warn(ingest.pending, 'the queue before the log is full: sockets are read more slowly')
    else for (const gate of gates) gate.wake()
  })
  const commands = await startCommandDelivery({
    log,
    now,
    sendAgainMs: options.commandAgainMs ?? DEFAULT_COMMAND_AGAIN_MS,
    reachable: sessions,
    publish,
    onError,
    logMayBeAway: spool !== undefined,
  })
  const reports = spool && startSpoolReports({ log, spool, now, everyMs: options.spoolReportMs ?? DEFAULT_REPORT_MS })
  const reception: ReceptionOptions = {
    now,
    tracing,
    onCommandAck: (device, ack) => commands.acknowledged(device, ack),
    onOutcome: createOutcomeMetrics(metrics, flushLater),
  }
  // Else the engine's encoder keeps a buffer for each number that MQTT has: 65,536 of them, more than a thousand connections take.
  writeToStream.cacheNumbers = false
  const aedes = await Aedes.createBroker({
    concurrency: 1_000,
    // MQTT 3.1 allowed 23 characters; device ids may have 64.
    maxClientsIdLength: 64,
    connectTimeout: 10_000,
    authorizePublish: createPublishHandler({ ...reception, ingest, sessions }),
  })
  metrics.beforeLook(async () => {
    metrics.queue.set({ name: 'ingest' }, ingest.pending.count)
    metrics.queue.set({ name: 'ingest-bytes' }, ingest.pending.bytes)
    metrics.open.set({ name: 'devices' }, sessions.size)
    metrics.open.set({ name: 'connections' }, gates.size)
    if (spool !== undefined) showSpool(metrics, spool.status(), now())
  })
  const signInWithinMs = options.signInWithinMs ?? DEFAULT_SIGN_IN_MS
  const refusals = createRefusalReports(log, now)
  const shortWay = createShortWay({ ...reception, ingest })
  const engine = { registry, sessions, shortWay, notices, commands, refusals, logger, metrics, now, signInWithinMs }
  const detach = attachEngine(aedes, engine)

  const keepAlives = setInterval(() => {
    const time = performance.now()
    for (const gate of gates) gate.checkKeepAlive(time)
  }, KEEPALIVE_CHECK_MS)

  /** A device says CONNECT at once: the oldest that has not is the least likely to be one. */
  const closeOldestSilent = (): void => {
    const [oldest] = silent
    if (oldest === undefined) return
    silent.delete(oldest)
    metrics.errors.inc({ code: 'PW_TOO_MANY_REQUESTS' })
    oldest.destroy()
  }
  /** What was handed to the engine is answered (it may not have come to ingest yet), and the answers are on their way. */
  const answered = async (): Promise<void> => {
    while ([...gates].some((gate) => gate.inFlight > 0 || gate.unsent > 0)) await delay(FLUSH_CHECK_MS)
  }

  return {
    ingest,
    get connections() {
      return sessions.size
    },
    registryReached: (withinMs) => registry.catchUp(withinMs),
    handle: (socket) => {
      const gate: GatedConnection = new GatedConnection(socket, {
        share,
        congested: () => ingest.congested,
        onThrottled: () => {
          const session = sessions.ofConnection(gate)
          if (session !== undefined) notices.throttled(session.device)
        },
        onIntroduced: () => silent.delete(gate),
        flushLater,
      })
      gates.add(gate)
      silent.add(gate)
      gate.once('close', () => {
        gates.delete(gate)
        silent.delete(gate)
      })
      aedes.handle(gate)
      if (silent.size > maxSilent) closeOldestSilent()
    },
    stop: async () => {
      // Nothing more is read; what was taken becomes durable and is acknowledged; then the wills; then the end.
      clearInterval(keepAlives)
      for (const gate of gates) gate.quiesce()
      const drainMs = options.drainMs ?? DEFAULT_DRAIN_MS
      await Promise.race([ingest.idle().then(answered), delay(drainMs)])
      await new Promise<void>((resolve) => aedes.close(resolve))
      for (const gate of gates) gate.destroy()
      await Promise.race([ingest.idle(), delay(drainMs)])
      ingest.close()
      offCongestion()
      detach()
      await reports?.stop()
      await Promise.race([refusals.settled(), delay(drainMs)])
      await commands.stop()
      await registry.close()
    },
  }
}

function showSpool(metrics: Metrics, status: SpoolStatus, now: number): void {
  metrics.queue.set({ name: 'spool' }, status.waiting)
  metrics.queue.set({ name: 'spool-bytes' }, status.bytes)
  metrics.queue.set({ name: 'spool-age-ms' }, status.oldestAt === undefined ? 0 : now - status.oldestAt)
  metrics.open.set({ name: 'spooling' }, status.spooling ? 1 : 0)
  metrics.open.set({ name: 'registry-reachable' }, status.registryReachable ? 1 : 0)
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
