export { ESCALATE_AFTER_MS, ESCALATION_STEPS, LONGEST_AUDIO_PAUSE_MS, PRIORITY_RANK, latches } from './policy.ts'
export { evolve, noAlarms, type PatientAlarms } from './state.ts'
export { decide, type AlarmInput, type Step } from './decide.ts'
export { isTickDue, nextDeadline } from './on-tick.ts'
