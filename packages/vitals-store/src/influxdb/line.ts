/**
 * Line protocol, see https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/:
 *
 * ```
 * line   = measurement *( "," tag "=" value ) SP field "=" value *( "," field "=" value ) SP nanoseconds
 * ```
 * Measurements, tag keys and field keys are our own plain names; what comes from outside is a tag's value or a field's.
 */

/** A number is written as a float, a bigint as an integer. */
export type FieldValue = number | bigint | string

/** What an empty tag value is written as, since InfluxDB has none: the patient of a device that nobody wore. */
export const NOBODY_TAG = '(nobody)'

/**
 * One line. `timeNs` = nanoseconds as decimal digits, see `nanoseconds`. Absent tags and fields are left out; at least one field must be
 * there.
 */
export function lineOf(
  measurement: string,
  tags: Readonly<Record<string, string | undefined>>,
  fields: Readonly<Record<string, FieldValue | undefined>>,
  timeNs: string,
): string {
  let head = measurement
  for (const [key, value] of Object.entries(tags)) {
    if (value !== undefined) head += `,${key}=${escapeTag(encodeTag(value))}`
  }
  const body = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${fieldText(value)}`],
  )
  return `${head} ${body.join(',')} ${timeNs}`
}

/** What lines of the same point (series and time) have in common: the later of two replaces the earlier one's fields. */
export function identityOf(line: string): string {
  // Spaces of tag values are escaped, so the first bare one ends the series; the last one begins the time.
  const series = /^(?:\\.|[^ \\])*/s.exec(line)?.[0] ?? ''
  return `${series} ${line.slice(line.lastIndexOf(' ') + 1)}`
}

/** Nanoseconds since 1970 of a time in ms (0 or later) and a place below the millisecond, 0 to 999,999. */
export function nanoseconds(timeMs: number, place = 0): string {
  return timeMs === 0 ? String(place) : `${timeMs}${String(place).padStart(6, '0')}`
}

/** Places below a millisecond. */
export const PLACES = 1_000_000

/**
 * A tag's value as InfluxDB keeps it: control characters, `%`, `\` and a leading `(` as `%XX`, as neither newlines nor a trailing
 * backslash can stand in a line. Ids, codes and signals of the contract stay as they are.
 */
export function encodeTag(value: string): string {
  if (value === '') return NOBODY_TAG
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return value.replaceAll(/[\u0000-\u001f\u007f%\\]|^\(/g, (found) => `%${hexOf(found)}`)
}

/** The value that `encodeTag` was given. */
export function decodeTag(kept: string): string {
  return kept === NOBODY_TAG ? '' : unescapeHex(kept)
}

/**
 * A short text of a field, as InfluxDB keeps it: its answers are CSV, which does not tell one kind of line end from another, so control
 * characters are `%XX` (and a `%` that would be read as such is `%25`). Words and units of the contract stay as they are.
 */
export function encodeText(value: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return value.replaceAll(/[\u0000-\u001f\u007f]|%(?=[0-9A-F]{2})/g, (found) => `%${hexOf(found)}`)
}

/** The text that `encodeText` was given. */
export function decodeText(kept: string): string {
  return unescapeHex(kept)
}

function unescapeHex(kept: string): string {
  return kept.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')
}

function escapeTag(value: string): string {
  return /[,= ]/.test(value) ? value.replaceAll(/[,= ]/g, String.raw`\$&`) : value
}

function fieldText(value: FieldValue): string {
  switch (typeof value) {
    case 'number':
      return String(value)
    case 'bigint':
      return `${value}i`
    default:
      return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, String.raw`\$&`) : value}"`
  }
}
