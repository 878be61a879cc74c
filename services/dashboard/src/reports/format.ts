const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** `73 %`, `99.4 %` near the ends; `–` where there is none. */
export function percent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return '–'
  const value = share * 100
  if (value > 0 && value < 0.1) return '< 0.1 %'
  const fine = (value > 0 && value < 1) || (value > 99 && value < 100)
  // 99.96 % is not all.
  const shown = fine ? Math.floor(value * 10) / 10 : Math.round(value)
  return `${fine ? shown.toFixed(1) : shown} %`
}

/** `none`, `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; `–` where it is not known. */
export function lasting(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return '–'
  if (ms === 0) return 'none'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / 1000)} s`
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 120) return `${minutes} min`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  if (hours < 48) return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** One digit after the point below ten. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value))
}

/** `12 bed days`; below two days in hours and minutes, as a rate of so little time says little. */
export function bedTime(days: number): string {
  return days < 2 ? `${lasting(days * 24 * HOUR_MS)} of bed time` : `${number(days)} bed days`
}

export const hoursText = (hours: number): string => lasting(hours * HOUR_MS)

/** A share with its 95 % interval, in words: `62 % of 40 judged (46 to 76 %)`. */
export function shareWords({
  of,
  share,
  low,
  high,
}: {
  of: number
  share?: number | undefined
  low?: number | undefined
  high?: number | undefined
}): string {
  if (share === undefined) return 'none judged'
  const interval = low === undefined || high === undefined ? '' : ` (${percent(low)} to ${percent(high)})`
  return `${percent(share)} of ${of} judged${interval}`
}

/** Which fifth of the greatest a number is in, 0 (nothing) to 4: for shading that says no more than the digits. */
export function shadeOf(count: number, greatest: number): 0 | 1 | 2 | 3 | 4 {
  if (count <= 0 || greatest <= 0) return 0
  const fifth = Math.ceil((count / greatest) * 4)
  return fifth >= 4 ? 4 : fifth === 3 ? 3 : fifth === 2 ? 2 : 1
}
