/** A moment as staff write it, in the screen's time zone, e.g. "30 Nov, 14:02:11"; with the year where it is another one. */
export function instantText(ms: number, now = Date.now()): string {
  const date = new Date(ms)
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const)
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year })
  return `${day}, ${date.toLocaleTimeString('en-GB')}`
}

/** A moment as an `<input type="datetime-local">` holds it: minutes, in the screen's time zone. */
export function localInput(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 16)
}
