/** Times as the ward reads them: 24 hours, the time zone of the station's screen. */
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const short = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false })
const full = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', year: 'numeric' })
const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'longOffset' })
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' })

export const clockText = (ms: number): string => time.format(ms)
export const minuteText = (ms: number): string => short.format(ms)

/** `30 Nov 2026` */
export const dateText = (ms: number): string => full.format(ms)

/** The screen's time zone at that time: `Europe/Berlin (GMT+01:00)`. */
export function zoneText(ms: number): string {
  const offset = zone.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value
  const { timeZone } = zone.resolvedOptions()
  return offset === undefined ? timeZone : `${timeZone} (${offset})`
}

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

/** `30 Nov 2026 14:02` */
export const dayAndMinute = (ms: number): string => `${dateText(ms)} ${minuteText(ms)}`

/** `14:00 – 15:00`, with the day before where it is not today, and on both sides where they differ. */
export function rangeText(fromMs: number, toMs: number, nowMs: number): string {
  const isOneDay = day.format(fromMs) === day.format(toMs)
  return `${sinceText(fromMs, nowMs)} – ${isOneDay ? minuteText(toMs) : sinceText(toMs, nowMs)}`
}

/** The labels of an axis of time at these places, seconds since 1970: as fine as they are apart, the day where it is another one. */
export function axisTimes(places: readonly number[]): string[] {
  const apartS = (places[1] ?? 0) - (places[0] ?? 0)
  return places.map((seconds, index) => {
    const ms = seconds * 1000
    const before = places[index - 1]
    const isNewDay = before === undefined ? apartS >= 3600 : day.format(before * 1000) !== day.format(ms)
    if (apartS >= 86_400 || (isNewDay && apartS >= 60)) return day.format(ms)
    return apartS < 60 ? clockText(ms) : minuteText(ms)
  })
}

/** What a field for date and time holds, in the zone of the screen: `2026-11-30T14:02`. */
export function fieldText(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The time that such a field says; `undefined` where it is empty. */
export function fieldTime(text: string): number | undefined {
  const ms = new Date(text).getTime()
  return Number.isFinite(ms) ? ms : undefined
}

/** The end of the minute that goes on: up to where a page asks that shows all there is, what came just now too, and asks anew by the minute. */
export function endOfMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000
}
