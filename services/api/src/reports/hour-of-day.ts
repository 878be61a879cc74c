/** The hour of the day (0 to 23) of an instant, in a time zone. */
export function hourOfDay(timeZone: string): (ms: number) => number {
  if (timeZone === 'UTC') return (ms) => new Date(ms).getUTCHours()
  const format = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' })
  return (ms) => Number(format.format(ms))
}
