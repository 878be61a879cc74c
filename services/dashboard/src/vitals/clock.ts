/** Times as the ward reads them: 24 hours, the time zone of the station's screen. */
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const short = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false })
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' })

export const clockText = (ms: number): string => time.format(ms)
export const minuteText = (ms: number): string => short.format(ms)

/** `14:02`, and with the day before it when that is not today. */
export function sinceText(ms: number, nowMs: number): string {
  return day.format(ms) === day.format(nowMs) ? minuteText(ms) : `${day.format(ms)} ${minuteText(ms)}`
}

/** Whole years of age at `nowMs`, from `YYYY-MM-DD`. */
export function yearsOf(dateOfBirth: string | undefined, nowMs: number): number | undefined {
  if (dateOfBirth === undefined) return undefined
  const [year, month, date] = dateOfBirth.split('-').map(Number)
  if (!year || !month || !date) return undefined
  const today = new Date(nowMs)
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < date)
  return today.getFullYear() - year - (before ? 1 : 0)
}

/** `71 m`, `58 f`, or what is known of it. */
export function ageAndSex(
  patient: { dateOfBirth?: string | undefined; sex?: string | undefined },
  nowMs: number,
): string {
  const years = yearsOf(patient.dateOfBirth, nowMs)
  const sex = patient.sex === 'female' ? 'f' : patient.sex === 'male' ? 'm' : ''
  return [years, sex].filter((part) => part !== undefined && part !== '').join(' ')
}
