/** What is looked at, in the order in which it is told. */
export const CHECKS = {
  connection: 'connection (MQTT 3.1.1, keep-alive)',
  'client-id': 'client id is a device id',
  credentials: 'signs in with user name = device id, and a password',
  will: 'last will: status offline, QoS 1, retained',
  topics: 'topics under its own root',
  subscriptions: 'subscribes to its notices and commands',
  qos: 'QoS 1',
  retain: 'status retained, nothing else',
  size: 'payload size',
  schema: 'payload follows its schema',
  encoding: 'encoding',
  seq: 'seq strictly increasing within boot',
  duplicates: 'what is sent again is the same',
  time: 'at is a plausible time',
  clock: 'clock and sent',
  continuity: 'blocks continue each other',
  rate: 'rate of samples',
  samples: 'samples: saturation, gaps, scale',
  throughput: 'messages per second',
} as const
export type CheckName = keyof typeof CHECKS

export type Level = 'right' | 'advice' | 'wrong'

/** How often a check came out how, and what was said first. */
export interface CheckResult {
  readonly check: CheckName
  readonly level: Level | 'not-seen'
  readonly right: number
  readonly advice: number
  readonly wrong: number
  /** The first few sentences, worst first. */
  readonly details: readonly string[]
}

export interface Verdicts {
  right(check: CheckName): void
  advise(check: CheckName, detail: string): void
  wrong(check: CheckName, detail: string): void
  results(): CheckResult[]
}

const MAX_DETAILS = 5

interface Tally {
  right: number
  advice: string[]
  adviceCount: number
  wrong: string[]
  wrongCount: number
}

/** Collects what the checks say; `onWrong` hears each first. */
export function createVerdicts(onWrong: (check: CheckName, detail: string) => void = () => undefined): Verdicts {
  const tallies = new Map<CheckName, Tally>()
  const tally = (check: CheckName): Tally => {
    const known = tallies.get(check) ?? { right: 0, advice: [], adviceCount: 0, wrong: [], wrongCount: 0 }
    tallies.set(check, known)
    return known
  }
  const note = (list: string[], detail: string): boolean => {
    if (list.includes(detail) || list.length >= MAX_DETAILS) return false
    list.push(detail)
    return true
  }
  const levelOf = (known: Tally): Level => {
    if (known.wrongCount > 0) return 'wrong'
    return known.adviceCount > 0 ? 'advice' : 'right'
  }
  return {
    right(check) {
      tally(check).right += 1
    },
    advise(check, detail) {
      const known = tally(check)
      known.adviceCount += 1
      note(known.advice, detail)
    },
    wrong(check, detail) {
      const known = tally(check)
      known.wrongCount += 1
      if (note(known.wrong, detail)) onWrong(check, detail)
    },
    results() {
      return (Object.keys(CHECKS) as CheckName[]).map((check) => {
        const known = tallies.get(check)
        if (known === undefined) return { check, level: 'not-seen', right: 0, advice: 0, wrong: 0, details: [] }
        const { right, adviceCount, wrongCount } = known
        const details = [...known.wrong, ...known.advice].slice(0, MAX_DETAILS)
        return { check, level: levelOf(known), right, advice: adviceCount, wrong: wrongCount, details }
      })
    },
  }
}
