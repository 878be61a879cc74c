import type { LeadName } from '@pulsewire/wearable'
import { createLatencies, type Percentiles } from './latencies.ts'
import { createLightNode, type Credential, type LightNode } from './light-node.ts'
import { vitalsTemplate, waveformTemplates, type Template } from './payload.ts'

export interface FleetOptions {
  /** `mqtt://…` or `mqtts://…`. */
  readonly url: string
  /** One node each; the user name is the device id. */
  readonly credentials: readonly Credential[]
  readonly ca?: string
  /** Per node. */
  readonly vitalsPerSecond: number
  readonly blocksPerSecond: number
  /** Leads in a block (II). */
  readonly leads?: readonly LeadName[]
  /** Messages on the way per node (100). */
  readonly window?: number
  /** Come back after a lost connection and send again what was not acknowledged (true). */
  readonly reconnect?: boolean
  /** Connections opened per second (500). */
  readonly connectsPerSecond?: number
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

export interface FleetStats {
  readonly connected: number
  readonly published: number
  readonly acked: number
  readonly inFlight: number
  /** Sent once more after a reconnect, with the same boot and seq. */
  readonly resent: number
  /** Not sent since there was no connection or the window was full: no seq was used. */
  readonly skipped: number
  readonly lost: number
  readonly lastError: string | undefined
  readonly pubackMs: Percentiles
}

export interface RunningFleet {
  readonly stats: FleetStats
  /** With `recordAcked`: in order of the PUBACKs. */
  readonly acked: readonly AckedMessage[]
  /** Resolves when all nodes are connected. */
  connected(timeoutMs: number): Promise<void>
  /** No more messages; waits up to `drainMs` (2,000) for PUBACKs, then closes. */
  stop(options?: { drainMs?: number }): Promise<void>
}

const TICK_MS = 5
const PING_EVERY_MS = 20_000

/** One kind of message of one node. */
interface Stream {
  readonly node: LightNode
  readonly templates: readonly Template[]
  readonly everyMs: number
  nextMs: number
  count: number
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** Thousands of nodes in one process, for load. Each has its own connection, boot and seq; the ECG is ready-made. */
export function startFleet(options: FleetOptions): RunningFleet {
  const latencies = createLatencies()
  const acked: AckedMessage[] = []
  const nodes: LightNode[] = []
  const streams: Stream[] = []
  let published = 0
  let ackedCount = 0
  let skipped = 0
  let lost = 0
  let lastError: string | undefined
  let stopped = false

  const blockMs = options.blocksPerSecond > 0 ? 1000 / options.blocksPerSecond : 1000
  const blocks = options.blocksPerSecond > 0 ? waveformTemplates(options.leads ?? ['II'], blockMs) : []
  const vitals = [vitalsTemplate()]

  const onAcked = (device: string, seq: number, boot: string, afterMs: number): void => {
    ackedCount += 1
    latencies.add(afterMs)
    if (options.recordAcked === true) acked.push({ device, boot, seq })
    options.onAcked?.({ device, boot, seq })
  }

  const addStream = (node: LightNode, templates: readonly Template[], perSecond: number): void => {
    if (perSecond <= 0) return
    const everyMs = 1000 / perSecond
    streams.push({ node, templates, everyMs, nextMs: Infinity, count: 0 })
  }

  /** At the first connection, spread over the interval as real nodes are. */
  const startStreams = (node: LightNode): void => {
    for (const stream of streams) {
      if (stream.node !== node || stream.nextMs !== Infinity) continue
      stream.nextMs = performance.now() + Math.random() * stream.everyMs
    }
  }

  const addNode = (credential: Credential): void => {
    const node = createLightNode(
      {
        url: options.url,
        credential,
        window: options.window ?? 100,
        reconnect: options.reconnect ?? true,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      {
        onAcked: (seq, boot, afterMs) => onAcked(credential.username, seq, boot, afterMs),
        onConnected: () => startStreams(node),
        onLost: (reason) => {
          if (stopped) return
          lost += 1
          lastError = reason
        },
      },
    )
    nodes.push(node)
    addStream(node, blocks, options.blocksPerSecond)
    addStream(node, vitals, options.vitalsPerSecond)
  }

  const send = (stream: Stream): void => {
    const template = stream.templates[stream.count % stream.templates.length]
    stream.count += 1
    if (template === undefined) return
    // a block that is complete when it is due began one block before; counted, not read off the clock, so that blocks meet
    const dueAt = performance.timeOrigin + stream.nextMs
    const at = Math.round(template.kind === 'waveform' ? dueAt - stream.everyMs : dueAt)
    if (stream.node.publish(template, at)) published += 1
    else skipped += 1
  }

  const queue = [...options.credentials]
  const perTick = Math.max(1, Math.round(((options.connectsPerSecond ?? 500) * TICK_MS) / 1000))
  const timer = setInterval(() => {
    for (const credential of queue.splice(0, perTick)) addNode(credential)
    const now = performance.now()
    for (const stream of streams) {
      while (stream.nextMs <= now) {
        send(stream)
        stream.nextMs += stream.everyMs
      }
    }
  }, TICK_MS)
  const pings = setInterval(() => {
    for (const node of nodes) node.ping()
  }, PING_EVERY_MS)

  const connectedCount = (): number => nodes.filter((node) => node.connected).length
  const inFlight = (): number => nodes.reduce((sum, node) => sum + node.inFlight, 0)

  return {
    acked,
    get stats() {
      return {
        connected: connectedCount(),
        published,
        acked: ackedCount,
        inFlight: inFlight(),
        resent: nodes.reduce((sum, node) => sum + node.resent, 0),
        skipped,
        lost,
        lastError,
        pubackMs: latencies.percentiles(),
      }
    },
    async connected(timeoutMs) {
      const deadline = performance.now() + timeoutMs
      while (connectedCount() < options.credentials.length) {
        if (performance.now() > deadline) {
          throw new Error(`${connectedCount()} of ${options.credentials.length} connected: ${lastError ?? 'too slow'}`)
        }
        await pause(20)
      }
    },
    async stop({ drainMs = 2_000 } = {}) {
      stopped = true
      clearInterval(timer)
      clearInterval(pings)
      const deadline = performance.now() + drainMs
      while (inFlight() > 0 && performance.now() < deadline) await pause(10)
      for (const node of nodes) node.close()
    },
  }
}
