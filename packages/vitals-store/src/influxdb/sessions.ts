import { PulsewireError } from '@pulsewire/contracts'
import { IntervalSet } from '../shared/interval-set.ts'

/** `stored`: numbers of messages that count; `refused`: those that were quarantined. */
export type Fate = (typeof FATES)[number]
const FATES = ['stored', 'refused'] as const

interface Session {
  readonly stored: IntervalSet
  readonly refused: IntervalSet
}

/** Intervals of numbers by device, session and fate, as it is kept in InfluxDB: `{device: {boot: {stored: [[0,7]], refused: []}}}`. */
export type SessionsJson = Record<string, Record<string, Partial<Record<Fate, readonly (readonly [number, number])[]>>>>

/** Which numbers of each session were seen, of one partition. It only grows. */
export interface Sessions {
  has(fate: Fate, device: string, boot: string, seq: number): boolean
  add(fate: Fate, device: string, boot: string, seq: number): void
  /** Adds everything from `json`, as it is kept. */
  merge(json: SessionsJson): void
  /** All of one device. */
  ofDevice(device: string): SessionsJson
  readonly devices: readonly string[]
  toJson(): SessionsJson
}

export function createSessions(): Sessions {
  const devices = new Map<string, Map<string, Session>>()
  const sessionOf = (device: string, boot: string): Session => {
    const boots = devices.get(device) ?? new Map<string, Session>()
    devices.set(device, boots)
    const session = boots.get(boot) ?? { stored: new IntervalSet(), refused: new IntervalSet() }
    boots.set(boot, session)
    return session
  }
  const bootsOf = (device: string) =>
    Object.fromEntries(
      [...(devices.get(device) ?? [])].map(([boot, { stored, refused }]) => [
        boot,
        {
          ...(stored.intervals.length === 0 ? {} : { stored: stored.intervals }),
          ...(refused.intervals.length === 0 ? {} : { refused: refused.intervals }),
        },
      ]),
    )
  return {
    has: (fate, device, boot, seq) => devices.get(device)?.get(boot)?.[fate].has(seq) ?? false,
    add(fate, device, boot, seq) {
      sessionOf(device, boot)[fate].add(seq)
    },
    merge(json) {
      for (const [device, boots] of Object.entries(json)) {
        for (const [boot, fates] of Object.entries(boots)) {
          const session = sessionOf(device, boot)
          for (const [from, to] of fates.stored ?? []) session.stored.add(from, to)
          for (const [from, to] of fates.refused ?? []) session.refused.add(from, to)
        }
      }
    },
    ofDevice: (device) => (devices.has(device) ? { [device]: bootsOf(device) } : {}),
    get devices() {
      return [...devices.keys()]
    },
    toJson: () => Object.fromEntries([...devices.keys()].map((device) => [device, bootsOf(device)])),
  }
}

/** Missing numbers of each session of a device: between the lowest and the highest, whatever became of the others. */
export function gapsOf(sessions: Sessions, device: string): { boot: string; from: number; to: number }[] {
  return Object.entries(sessions.ofDevice(device)[device] ?? {}).flatMap(([boot, fates]) => {
    const received = new IntervalSet()
    for (const [from, to] of [...(fates.stored ?? []), ...(fates.refused ?? [])]) received.add(from, to)
    return received.gaps().map(([from, to]) => ({ boot, from, to }))
  })
}

/** The same in parts of at most so many intervals each. */
export function partsOf(json: SessionsJson, mostIntervals: number): SessionsJson[] {
  const parts: Sessions[] = []
  let room = 0
  for (const [device, boots] of Object.entries(json)) {
    for (const [boot, fates] of Object.entries(boots)) {
      for (const fate of FATES) {
        for (const interval of fates[fate] ?? []) {
          if (room === 0) {
            parts.push(createSessions())
            room = mostIntervals
          }
          parts.at(-1)?.merge({ [device]: { [boot]: { [fate]: [interval] } } })
          room--
        }
      }
    }
  }
  return parts.map((part) => part.toJson())
}

/** Reads what `toJson` gave. */
export function parseSessions(value: unknown): SessionsJson {
  return Object.fromEntries(
    entriesOf(value).map(([device, boots]) => [
      device,
      Object.fromEntries(
        entriesOf(boots).map(([boot, fates]) => {
          const { stored, refused }: { stored?: unknown; refused?: unknown } = Object.fromEntries(entriesOf(fates))
          return [boot, { stored: parseIntervals(stored), refused: parseIntervals(refused) }]
        }),
      ),
    ]),
  )
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable()
  return Object.entries(value)
}

function parseIntervals(value: unknown): [number, number][] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw unreadable()
  return value.map((pair: unknown) => {
    const [from, to]: unknown[] = Array.isArray(pair) ? pair : []
    if (!isNumber(from) || !isNumber(to) || to < from) throw unreadable()
    return [from, to]
  })
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function unreadable(): PulsewireError {
  return new PulsewireError('PW_STORE_DAMAGED', 'what is kept of the sessions cannot be read')
}
