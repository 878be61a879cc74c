import { randomUUID } from 'node:crypto'
import type { NoticeMessage, UplinkMessage } from '@pulsewire/contracts'
import { encodeUplink } from '@pulsewire/codec'
import { toUplink, withSent, type Source, type SourceBlock } from '../reading.ts'
import { systemClock } from './clock.ts'
import { createCommandDesk, readDownlink } from './commands.ts'
import { createLink } from './link.ts'
import type { NodeOptions, RunningNode } from './node-types.ts'
import { createSignal } from './signal.ts'
import { createSpool, type Spooled } from './spool.ts'
import { openSpoolFiles } from './spool-file.ts'

/** Behind by more than this (a suspended machine), the node does not measure the past: it begins a new session now. */
const SUSPENDED_MS = 60_000
/** A source without end is held back where so much is waiting and time is not what holds it. */
const BACKLOG = 2_000
const BROKEN_LINK_MS = [1_000, 8_000] as const
const LINK_BREAKS_PER_BLOCK = 0.12
/** A clock notice that finds the clock this near to the server's was about something sent before it was corrected. */
const CLOCK_TOLERANCE_MS = 2_000
const GOODBYE_MS = 500

/** A body-sensor node: takes what its source measures, spools it, and gets it to the broker in order, at least once. */
export function startNode(source: Source, options: NodeOptions): RunningNode {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const speed = options.speed ?? 1
  const fullWindow = options.window ?? 100
  const files = options.spoolDirectory === undefined ? undefined : openSpoolFiles(options.spoolDirectory)
  const spool = createSpool({
    capacity: options.spoolCapacity ?? 100_000,
    ...(files === undefined ? {} : { store: files.store, recovered: files.recovered, firstIndex: files.nextIndex }),
  })
  const notices = { quarantined: 0, clock: 0, time: 0, throttled: 0 }
  const settled = createSignal()
  let boot: string = randomUUID()
  let seq = 0
  let clockOffsetMs = 0
  let window = fullWindow
  let produced = 0
  let acked = 0
  let commands = 0
  let battery: number | undefined
  let lastNotice: NoticeMessage | undefined
  let ended = false
  let stopped = false
  let stopping: Promise<void> | undefined
  let cancelTick: (() => void) | undefined
  let block: SourceBlock | undefined
  /** Source time 0 in device time and in monotonic time. */
  let startAt = options.startAt ?? clock.now()
  let startMonotonicMs = clock.monotonicMs()

  const now = (): number => clock.now() + clockOffsetMs
  const push = (uplink: UplinkMessage): void => {
    spool.push(uplink)
    produced += 1
    options.onProduced?.(uplink)
  }
  const nextSeq = (): number => seq++
  const newBoot = (): void => {
    boot = randomUUID()
    seq = 0
    link.setWill(offline())
  }
  const offline = (): Uint8Array => encodeUplink({ kind: 'status', message: { state: 'offline', boot } }, 'json')

  const desk = createCommandDesk({
    'measure-pressure': () => source.measurePressure?.(),
    identify: () => push({ kind: 'event', message: { boot, seq: nextSeq(), at: now(), event: 'identified' } }),
  })

  const onNotice = (notice: NoticeMessage): void => {
    notices[notice.kind] += 1
    lastNotice = notice
    if (notice.kind === 'throttled') window = Math.max(10, Math.floor(window / 2))
    const jumpMs = notice.serverTime - now()
    if (notice.kind === 'clock' && options.startAt === undefined && Math.abs(jumpMs) > CLOCK_TOLERANCE_MS) {
      // the times of this session stay what they are: the corrected clock counts for a new one
      clockOffsetMs += jumpMs
      startAt += jumpMs
      newBoot()
    }
  }

  const link = createLink(
    { ...options, clock, random },
    {
      onUp() {
        sayOnline()
        pump()
      },
      onDown: () => spool.rewind(),
      onDownlink(kind, payload) {
        const read = readDownlink(kind, payload)
        if (read === undefined) return
        if ('notice' in read) {
          onNotice(read.notice)
          return
        }
        commands += 1
        const answer = desk.answer(read.command, now())
        push({
          kind: 'command-ack',
          message: { boot, seq: nextSeq(), at: now(), command: read.command.id, ...answer },
        })
        pump()
      },
    },
  )
  link.setWill(offline())

  /** Outside the accounting (no seq), since it must not wait behind a long spool. */
  const sayOnline = (): void => {
    const { model, firmware } = options
    const message = {
      state: 'online' as const,
      boot,
      ...(model === undefined ? {} : { model }),
      ...(firmware === undefined ? {} : { firmware }),
      ...(battery === undefined ? {} : { battery: Math.round(battery) }),
    }
    link.publish({ kind: 'status', payload: encodeUplink({ kind: 'status', message }, 'json') }, () => undefined)
  }

  /** Sent again, a message is the same to the byte (marked as a duplicate), so that its receiver can tell it from another. */
  const transmit = ({ index, uplink, sent: before }: Spooled): void => {
    const sent = before ?? Math.round(now())
    if (before === undefined) spool.markSent(index, sent)
    const payload = encodeUplink(withSent(uplink, sent), options.encoding ?? 'cbor')
    link.publish({ kind: uplink.kind, payload, again: before !== undefined }, () => {
      spool.acknowledge(index)
      acked += 1
      if (window < fullWindow) window += 1
      pump()
      if (ended && spool.size === 0) settled.resolve()
      else if (speed === Infinity) schedule()
    })
  }

  const pump = (): void => {
    while (link.connected && spool.inFlight < window) {
      const next = spool.take()
      if (next === undefined) return
      transmit(next)
    }
  }

  const produce = (measured: SourceBlock): void => {
    if (measured.newBoot === true) newBoot()
    for (const reading of measured.readings) {
      push(toUplink(reading, { boot, seq: nextSeq(), at: Math.round(startAt + reading.offsetMs) }))
    }
    battery = measured.battery ?? battery
    if (measured.link === 'down') link.breakFor(measured.durationMs * 1.5)
    else if (measured.link === 'bad' && link.connected && random() < LINK_BREAKS_PER_BLOCK) {
      link.breakFor(BROKEN_LINK_MS[0] + random() * (BROKEN_LINK_MS[1] - BROKEN_LINK_MS[0]))
    }
  }

  /** When the block that waits is complete, in monotonic time: counted from the start, so that nothing drifts. */
  const dueMs = (waiting: SourceBlock): number =>
    speed === Infinity ? 0 : startMonotonicMs + (waiting.fromMs + waiting.durationMs) / speed

  const end = (): void => {
    ended = true
    if (spool.size === 0) settled.resolve()
  }

  const tick = (): void => {
    cancelTick = undefined
    if (stopped) return
    block ??= source.next()
    const behindMs = block === undefined || speed === Infinity ? 0 : clock.monotonicMs() - dueMs(block)
    if (behindMs > SUSPENDED_MS) {
      startMonotonicMs += behindMs
      startAt += behindMs * speed
      newBoot()
    }
    while (block !== undefined && dueMs(block) <= clock.monotonicMs()) {
      if (speed === Infinity && spool.size > BACKLOG) break
      produce(block)
      if (battery !== undefined && battery <= 0) {
        void kill()
        return
      }
      block = source.next()
    }
    pump()
    if (block === undefined) end()
    else schedule()
  }

  const schedule = (): void => {
    if (stopped || ended || cancelTick !== undefined || block === undefined) return
    if (speed === Infinity && spool.size > BACKLOG) return
    cancelTick = clock.after(Math.max(0, dueMs(block) - clock.monotonicMs()), tick)
  }

  const halt = (): void => {
    stopped = true
    cancelTick?.()
    cancelTick = undefined
  }

  const vanish = async (): Promise<void> => {
    halt()
    ended = true
    await link.close('vanish')
    spool.close()
  }
  const kill = (): Promise<void> => (stopping ??= vanish())

  /** True where `promise` came in time. */
  const within = async (ms: number, promise: Promise<void>): Promise<boolean> => {
    const timeout = createSignal()
    const cancel = clock.after(ms, timeout.resolve)
    const inTime = await Promise.race([promise.then(() => true), timeout.promise.then(() => false)])
    cancel()
    return inTime
  }

  const stopWith = async (drainMs: number): Promise<void> => {
    halt()
    end()
    await within(drainMs, settled.promise)
    const said = createSignal()
    if (link.connected) link.publish({ kind: 'status', payload: offline() }, said.resolve)
    // where even that finds no ear, the last will says it
    const heard = link.connected && (await within(GOODBYE_MS, said.promise))
    await link.close(heard && spool.inFlight === 0 ? 'goodbye' : 'vanish')
    spool.close()
  }

  cancelTick = clock.after(0, tick)

  return {
    get stats() {
      return {
        boot,
        produced,
        acked,
        spooled: spool.size,
        inFlight: spool.inFlight,
        dropped: spool.dropped,
        connected: link.connected,
        connects: link.connects,
        notices: { ...notices },
        lastNotice,
        commands,
        lastError: link.lastError,
        ended,
      }
    },
    finished: settled.promise,
    kill,
    stop: (stopOptions) => (stopping ??= stopWith(stopOptions?.drainMs ?? 2_000)),
  }
}
