import type { Alarm, AlarmPriority, EscalationChain, Patient } from '@pulsewire/contracts'

/** Ranks of the priorities, higher is worse. */
export const PRIORITY_RANK: Readonly<Record<AlarmPriority, number>> = { high: 3, medium: 2, low: 1 }

/** Who is called for a patient's alarms, one after the other, and how long each has to acknowledge. */
export interface EscalationPolicy {
  /** Roles or names; the first is called at once, unless somebody is responsible for the patient in this shift. Never empty. */
  readonly chain: readonly [string, ...string[]]
  readonly afterMs: Readonly<Record<AlarmPriority, number>>
}

/** Where a patient has no chain. [K: common settings of marketed central stations; IEC 60601-1-8 leaves the times to the manufacturer's risk management] */
export const DEFAULT_ESCALATION: EscalationPolicy = {
  chain: ['nurse', 'team', 'physician'],
  afterMs: { high: 60_000, medium: 300_000, low: Number.POSITIVE_INFINITY },
}

/** The policy of a patient, out of what the registry says: the patient's own steps and times, else those of the chain that was chosen. */
export function escalationOf(
  patient: Pick<Patient, 'escalation' | 'escalateAfterS'> | undefined,
  chain?: Pick<EscalationChain, 'steps' | 'afterS' | 'removed'>,
): EscalationPolicy {
  const chosen = chain?.removed === true ? undefined : chain
  const own = patient?.escalation ?? []
  const [first, ...rest] = own.length > 0 ? own : (chosen?.steps ?? [])
  const after = patient?.escalateAfterS ?? chosen?.afterS
  return {
    chain: first === undefined ? DEFAULT_ESCALATION.chain : [first, ...rest],
    afterMs:
      after === undefined
        ? DEFAULT_ESCALATION.afterMs
        : { high: after.high * 1000, medium: after.medium * 1000, low: Number.POSITIVE_INFINITY },
  }
}

/** An acknowledged condition that still stands is said again, softly, every so often: acknowledged is not treated. [K] */
export const REMIND_AFTER_MS: Readonly<Record<AlarmPriority, number>> = {
  high: 5 * 60_000,
  medium: 15 * 60_000,
  low: Number.POSITIVE_INFINITY,
}

/** The longest audio pause: IEC 60601-1-8 wants it timed; two minutes is what the ward screen asks for. [K] */
export const LONGEST_AUDIO_PAUSE_MS = 10 * 60_000

/** How long ended alarms and handled commands are remembered by id, so that what is read from the log a second time does nothing. */
export const REMEMBER_MS = 24 * 3_600_000
/** And so many at most, the newest: a state has to fit into a record of the log (1 MiB), or its whole partition would stand still. */
export const REMEMBER_MOST = 2_000

/** High physiological alarms latch: the signal stays, when the condition is gone, until somebody has acknowledged it. */
export function latches(alarm: Pick<Alarm, 'kind' | 'priority'>): boolean {
  return alarm.kind === 'physiological' && alarm.priority === 'high'
}
