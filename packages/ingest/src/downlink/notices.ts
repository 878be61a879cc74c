import { downlinkTopic, ERRORS, type NoticeMessage } from '@pulsewire/contracts'
import type { IngestNotice } from '../arrival.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

/** Notices of refused messages a device gets: beyond it they are counted and the next one says how many. */
const REFUSALS_PER_SECOND = 10
const REFUSALS_BURST = 50
const THROTTLED_EVERY_MS = 30_000

/** Tells devices what is wrong with what they send: best effort, to those that are connected. */
export interface Notices {
  ingest(notice: IngestNotice): void
  throttled(device: string): void
  time(device: string): void
  /** The device is gone: what was kept for it is forgotten. */
  forget(device: string): void
}

export interface NoticesOptions {
  readonly now: () => number
  readonly publish: (device: string, topic: string, message: NoticeMessage) => void
}

interface Told {
  readonly refusals: TokenBucket
  untold: number
  throttledAt: number
}

export function createNotices({ now, publish }: NoticesOptions): Notices {
  const told = new Map<string, Told>()

  const toldTo = (device: string): Told => {
    const known = told.get(device)
    if (known !== undefined) return known
    const fresh = {
      refusals: createTokenBucket(REFUSALS_PER_SECOND, REFUSALS_BURST),
      untold: 0,
      throttledAt: -Infinity,
    }
    told.set(device, fresh)
    return fresh
  }
  const send = (device: string, message: Omit<NoticeMessage, 'serverTime'>): void =>
    publish(device, downlinkTopic(device, 'notice'), { ...message, serverTime: now() })

  return {
    ingest: (notice) => {
      const { device } = notice
      if (notice.kind === 'clock') {
        const seconds = (notice.clockOffsetMs / 1000).toFixed(1)
        const detail = `your clock is corrected by ${seconds} s; set it by serverTime`
        send(device, { kind: 'clock', code: 'PW_CLOCK_OFF', detail })
        return
      }
      const state = toldTo(device)
      if (state.refusals.take(now()) > 0) {
        state.untold++
        return
      }
      const { code, boot, seq } = notice.reason
      const more = state.untold === 0 ? '' : ` (and ${state.untold} more before it)`
      state.untold = 0
      send(device, {
        kind: 'quarantined',
        code,
        detail: `${notice.reason.topic}: ${notice.reason.detail}${more}`,
        ...(boot === undefined ? {} : { boot }),
        ...(seq === undefined ? {} : { seq }),
      })
    },
    throttled: (device) => {
      const state = toldTo(device)
      if (now() - state.throttledAt < THROTTLED_EVERY_MS) return
      state.throttledAt = now()
      send(device, { kind: 'throttled', code: 'PW_TOO_MANY_REQUESTS', detail: ERRORS.PW_TOO_MANY_REQUESTS.title })
    },
    time: (device) => send(device, { kind: 'time', code: 'PW_TIME', detail: 'the time of the server' }),
    forget: (device) => told.delete(device),
  }
}
