import { SYSTEM_PATIENT, type Channel, type Delivery, type Notice } from '@pulsewire/contracts'

/** What a message is made from. */
export interface Subject {
  readonly delivery: Delivery
  readonly notice: Notice
  readonly channel: Channel
  /** Where the patient is, and who it is, as the registry has them now. */
  readonly place: string | undefined
  readonly name: string | undefined
  /** A page that confirms the receipt; absent where nobody told us our own address. */
  readonly confirmUrl: string | undefined
  /** Where the patient is shown. */
  readonly patientUrl: string | undefined
}

const CAUSE_WORDS: Readonly<Record<Delivery['cause'], string>> = {
  raised: '',
  again: 'Again: ',
  escalated: 'Nobody has come yet: ',
  acknowledged: 'Acknowledged: ',
  ended: 'Over: ',
  test: '',
}

/** Whom it is about, with no more than the channel may know: the place, and the name where that is allowed. */
export function whomOf({ notice, channel, place, name }: Subject): string {
  if (notice.patient === SYSTEM_PATIENT) return 'Pulsewire'
  const known = [place, channel.includeName ? name : undefined].filter((part) => part !== undefined)
  return known.length === 0 ? `Patient ${notice.patient}` : known.join(', ')
}

/** The message in one line: `HIGH Bed 4: Asystole: call the team`. */
export function headlineOf(subject: Subject): string {
  const { delivery, notice } = subject
  const priority = delivery.cause === 'test' ? 'TEST' : notice.priority.toUpperCase()
  return `${priority} ${whomOf(subject)}: ${CAUSE_WORDS[delivery.cause]}${notice.message}`
}

/** `2026-11-30 14:02:11 UTC` */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** What is sent to try a channel. */
export function testNotice(delivery: Delivery): Notice {
  return {
    id: delivery.alarm,
    patient: delivery.patient,
    type: 'system',
    kind: 'technical',
    priority: 'low',
    state: 'active',
    onset: delivery.createdAt,
    raisedAt: delivery.createdAt,
    escalation: 0,
    message: 'This is a test. No patient is concerned.',
    evidence: {},
    confidence: 1,
  }
}
