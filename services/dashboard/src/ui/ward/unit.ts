/** So many patients are legible on one screen. */
export const MOST_TILES = 64

/** Which part of the ward a screen shows; `undefined` = all units. */
export interface WardPart {
  readonly unit: string | undefined
  /** From 1. */
  readonly page: number
}

const NUMBER_AT_END = /[\s,;/·:-]*(?:\b(?:bed|room|place)\s*)?\b\d+\s*[a-z]?$/i
const ROOM_AT_END = /[\s,;/·:-]*\b(?:bed|room|place)\s*\d+\s*[a-z]?$/i

/** The unit of a place: what stands before its bed and room, `Ward 3` of `Ward 3, Room 2, Bed 12`. `undefined` where it names none. */
export function unitOf(place: string | undefined): string | undefined {
  const whole = place?.trim() ?? ''
  let unit = whole.replace(NUMBER_AT_END, '')
  if (unit === whole) return undefined
  while (ROOM_AT_END.test(unit)) unit = unit.replace(ROOM_AT_END, '')
  return unit === '' ? undefined : unit
}

/** The units of a ward, in order. */
export function unitsOf(beds: readonly { place?: string | undefined }[]): string[] {
  const units = new Set(beds.map(({ place }) => unitOf(place)).filter((unit) => unit !== undefined))
  return [...units].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** A page of what one screen can show. A page that is not there is the last one. */
export function pageOf<T>(beds: readonly T[], asked: number): { shown: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(beds.length / MOST_TILES))
  const page = Math.min(pages, Math.max(1, asked))
  return { shown: beds.slice((page - 1) * MOST_TILES, page * MOST_TILES), page, pages }
}

/** What an address says of the part: `#/?unit=ICU&page=2`. */
export function wardQuery(hash: string): WardPart {
  const query = new URLSearchParams(hash.split('?')[1] ?? '')
  const page = Number(query.get('page') ?? 1)
  return { unit: query.get('unit') ?? undefined, page: Number.isSafeInteger(page) && page > 0 ? page : 1 }
}

export function wardAddress({ unit, page }: WardPart): string {
  const query = new URLSearchParams({
    ...(unit === undefined ? {} : { unit }),
    ...(page > 1 ? { page: `${page}` } : {}),
  })
  return query.size === 0 ? '#/' : `#/?${query.toString()}`
}
