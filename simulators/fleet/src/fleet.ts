import type { LeadName } from '@pulsewire/wearable'
import { createDueWheel } from './due-wheel.ts'
import { createLatencies, type Percentiles } from './latencies.ts'
import { createLightNode, type Credential, type LightNode } from './light-node.ts'
import { vitalsTemplate, waveformTemplates, type PayloadForm, type Template } from './payload.ts'

export interface FleetOptions {
  /** `mqtt://…` or `mqtts://…`. */
  readonly url: string
  /** One node each; the user name is the device id. */
  readonly credentials: readonly Credential[]
  readonly ca?: string
  /** Per node. */
  readonly vitalsPerSecond: number
  readonly blocksPerSecond: number
  /** CBOR by default. */
  readonly payload?: PayloadForm
  /** Leads in a block (II). */
  readonly leads?: readonly LeadName[]
  /** Messages on the way per node (100). */
  readonly window?: number
  /** What a node keeps while it has no connection or its window is full (0: then nothing is made that cannot be sent). */
  readonly spoolMessages?: number
  /** Come back after a lost connection and send again what was not acknowledged (true). */
  readonly reconnect?: boolean
  /** Connections opened per second (500). */
  readonly connectsPerSecond?: number
  readonly keepaliveSeconds?: number
  /** Keep a list of every acknowledged message (`acked`). */
  readonly recordAcked?: boolean
  readonly onAcked?: (message: AckedMessage) => void
}

/** What a broker has said that it has. */
export interface AckedMessage {
  readonly device: string
  readonly boot: string
  readonly seq: number
}

/** The messages of one kind that a node has made, evenly spaced from the first on. */
export interface SentStream {
  readonly device: string
  readonly templates: readonly Template[]
  /** How many were due so far. */
  readonly count: number
  /** Device time of one of them, ms. */
  atOf(index: number): number
}

export interface FleetStats {
  readonly connected: number
  readonly published: number
  readonly acked: number
  readonly inFlight: number
  readonly spooled: number
  /** Sent once more after a reconnect, with the same boot and seq. */
  readonly resent: number
  /** Not made since there was no room for it: no seq was used. */
  readonly skipped: number
  readonly lost: number
  /** PUBACKs for nothing on the way, and those before that of an earlier message: a broker of ours sends neither. */
  readonly unknownAcks: number
  readonly outOfOrderAcks: number
  readonly lastError: string | undefined
  /** Since the start or `clearLatencies`. */
  readonly pubackMs: Percentiles
}

export interface RunningFleet {
  readonly stats: FleetStats
  /** With `recordAcked`: in order of the PUBACKs. */
  readonly acked: readonly AckedMessage[]
  /** What was made so far. */
  readonly sent: readonly SentStream[]
  /** Resolves when all nodes are connected. */
  connected(timeoutMs: number): Promise<void>
  /** All nodes lose their link at once (a base station fails), or a share of them, and come back within a second. */
  dropLinks(share?: number): void
  clearLatencies(): void
  /** No more messages; waits up to `drainMs` (2,000) until all is sent and acknowledged, then closes. */
  stop(options?: { drainMs?: number }): Promise<void>
}

const TICK_MS = 5
const KEEPALIVE_CHECK_MS = 5_000

/** One kind of message of one node. */
interface Stream extends SentStream {
  readonly node: LightNode
  count: number
  /** When the next one is due, on this process' clock. */
  dueMs(): number
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** Messages of `node`, `everyMs` apart, the first within an interval from now: spread, as real nodes are. */
function createStream(node: LightNode, templates: readonly Template[], everyMs: number): Stream {
  const firstMs = performance.now() + Math.random() * everyMs
  // A block that is complete when it is due began one block before.
  const beganMs = templates[0]?.kind === 'waveform' ? everyMs : 0
  return {
    device: node.device,
    node,
    templates,
    count: 0,
    atOf: (index) => Math.round(performance.timeOrigin + firstMs + index * everyMs - beganMs),
    dueMs() {
      return firstMs + this.count * everyMs
    },
  }
}

/** Thousands of nodes in one process, for load. Each has its own connection, boot and seq; the ECG is ready-made. */
export function startFleet(options: FleetOptions): RunningFleet {
  const latencies = createLatencies()
  const acked: AckedMessage[] = []
  const nodes: LightNode[] = []
  const streams: Stream[] = []
  const wheel = createDueWheel<Stream>(TICK_MS)
  let connectedCount = 0
  let published = 0
  let ackedCount = 0
  let skipped = 0
  let lost = 0
  const oddAcks = { unknown: 0, 'out-of-order': 0 }
  let lastError: string | undefined
  let stopped = false

  const blockMs = options.blocksPerSecond > 0 ? 1000 / options.blocksPerSecond : 1000
  const blocks = options.blocksPerSecond > 0 ? waveformTemplates(options.leads ?? ['II'], blockMs, options.payload) : []
  const vitals = [vitalsTemplate(options.payload)]

  const onAcked = (device: string, seq: number, boot: string, afterMs: number): void => {
    ackedCount += 1
    latencies.add(afterMs)
    if (options.recordAcked === true) acked.push({ device, boot, seq })
    options.onAcked?.({ device, boot, seq })
  }

  const startStream = (node: LightNode, templates: readonly Template[], perSecond: number): void => {
    if (perSecond <= 0) return
    const stream = createStream(node, templates, 1000 / perSecond)
    streams.push(stream)
    wheel.add(stream, stream.dueMs())
  }

  const addNode = (credential: Credential): void => {
    let isStarted = false
    let isConnected = false
    const node = createLightNode(
      {
        url: options.url,
        credential,
        window: options.window ?? 100,
        spoolMessages: options.spoolMessages ?? 0,
        reconnect: options.reconnect ?? true,
        keepaliveSeconds: options.keepaliveSeconds ?? 60,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      {
        onAcked: (seq, boot, afterMs) => onAcked(credential.username, seq, boot, afterMs),
        onOddAck: (odd) => (oddAcks[odd] += 1),
        onConnected: () => {
          isConnected = true
          connectedCount += 1
          if (isStarted || stopped) return
          isStarted = true
          startStream(node, blocks, options.blocksPerSecond)
          startStream(node, vitals, options.vitalsPerSecond)
        },
        onLost: (reason) => {
          if (isConnected) connectedCount -= 1
          isConnected = false
          if (stopped) return
          lost += 1
          lastError = reason
        },
      },
    )
    nodes.push(node)
  }

  const sendDue = (stream: Stream, nowMs: number): void => {
    while (stream.dueMs() <= nowMs) {
      const template = stream.templates[stream.count % stream.templates.length]
      if (template !== undefined && stream.node.publish(template, stream.atOf(stream.count))) published += 1
      else skipped += 1
      stream.count += 1
    }
    wheel.add(stream, stream.dueMs())
  }

  const queue = [...options.credentials]
  const perTick = Math.max(1, Math.round(((options.connectsPerSecond ?? 500) * TICK_MS) / 1000))
  const timer = setInterval(() => {
    for (const credential of queue.splice(0, perTick)) addNode(credential)
    const now = performance.now()
    wheel.run(now, (stream) => sendDue(stream, now))
  }, TICK_MS)
  const pings = setInterval(() => {
    const now = performance.now()
    for (const node of nodes) node.keepAlive(now)
  }, KEEPALIVE_CHECK_MS)

  const sum = (of: (node: LightNode) => number): number => nodes.reduce((total, node) => total + of(node), 0)
  const waiting = (): number => sum((node) => node.inFlight + node.spooled)

  return {
    acked,
    sent: streams,
    get stats() {
      return {
        connected: connectedCount,
        published,
        acked: ackedCount,
        inFlight: sum((node) => node.inFlight),
        spooled: sum((node) => node.spooled),
        resent: sum((node) => node.resent),
        skipped,
        lost,
        unknownAcks: oddAcks.unknown,
        outOfOrderAcks: oddAcks['out-of-order'],
        lastError,
        pubackMs: latencies.percentiles(),
      }
    },
    async connected(timeoutMs) {
      const deadline = performance.now() + timeoutMs
      while (connectedCount < options.credentials.length) {
        if (performance.now() > deadline) {
          throw new Error(`${connectedCount} of ${options.credentials.length} connected: ${lastError ?? 'too slow'}`)
        }
        await pause(20)
      }
    },
    dropLinks(share = 1) {
      for (const node of nodes) if (share >= 1 || Math.random() < share) node.drop()
    },
    clearLatencies: () => latencies.clear(),
    async stop({ drainMs = 2_000 } = {}) {
      stopped = true
      clearInterval(timer)
      clearInterval(pings)
      const deadline = performance.now() + drainMs
      while (waiting() > 0 && performance.now() < deadline) await pause(10)
      for (const node of nodes) node.close()
    },
  }
}
