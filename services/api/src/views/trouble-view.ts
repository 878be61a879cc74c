import type { QuarantineReason, RefusalRecord } from '@pulsewire/contracts'

/** Why a device is not heard as it wants to be. */
export interface Trouble {
  readonly at: number
  readonly what: 'refused' | 'quarantined'
  /** A code of the error catalogue. */
  readonly code: string
  readonly detail?: string
  readonly topic?: string
}

const KEPT_OF_A_DEVICE = 20
/** Anybody may try any name. */
const KEPT_NAMES = 1_000

/** What went wrong lately with each device, by the name that it gave: for whoever sets one up. */
export interface TroubleView {
  refused(record: RefusalRecord): void
  quarantined(reason: QuarantineReason): void
  /** Newest first. */
  of(device: string): readonly Trouble[]
  /** Names of no registered device that tried to sign in, newest first. */
  strangers(): readonly { readonly name: string; readonly at: number }[]
}

export function createTroubleView(): TroubleView {
  const byDevice = new Map<string, Trouble[]>()
  const strangers = new Map<string, number>()
  const add = (device: string, trouble: Trouble): void => {
    const list = [trouble, ...(byDevice.get(device) ?? [])].sort((a, b) => b.at - a.at)
    bounded(byDevice, device, list.slice(0, KEPT_OF_A_DEVICE))
  }
  return {
    refused: ({ device, at, code, known }) => {
      if (known) add(device, { at, what: 'refused', code })
      else bounded(strangers, device, Math.max(at, strangers.get(device) ?? 0))
    },
    quarantined: ({ device, receivedAt, code, detail, topic }) =>
      add(device, { at: receivedAt, what: 'quarantined', code, detail, topic }),
    of: (device) => byDevice.get(device) ?? [],
    strangers: () => [...strangers].map(([name, at]) => ({ name, at })).toReversed(),
  }
}

/** Sets it as the newest; the oldest goes where there are too many. */
function bounded<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > KEPT_NAMES && oldest !== undefined) map.delete(oldest)
}
