export {
  DEFAULT_ESCALATION,
  LONGEST_AUDIO_PAUSE_MS,
  PRIORITY_RANK,
  REMIND_AFTER_MS,
  escalationOf,
  latches,
  type EscalationPolicy,
} from './policy.ts'
export { evolve, noAlarms, type PatientAlarms } from './state.ts'
export { decide, type AlarmInput, type Step } from './decide.ts'
export { isTickDue, nextDeadline } from './on-tick.ts'
