/** A stretch of time `[fromS, toS)`, seconds since the start of a record. */
export interface Span {
  readonly fromS: number
  readonly toS: number
}

export function overlapS(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.toS, b.toS) - Math.max(a.fromS, b.fromS))
}

/** The spans in order, those that touch made one, empty ones left out. */
export function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromS - b.fromS)) {
    const last = result.at(-1)
    if (!(span.toS > span.fromS)) continue
    if (last !== undefined && span.fromS <= last.toS) {
      result[result.length - 1] = { fromS: last.fromS, toS: Math.max(last.toS, span.toS) }
    } else result.push({ fromS: span.fromS, toS: span.toS })
  }
  return result
}

export function common(a: readonly Span[], b: readonly Span[]): Span[] {
  return merged(
    a.flatMap((one) =>
      b.map((other) => ({ fromS: Math.max(one.fromS, other.fromS), toS: Math.min(one.toS, other.toS) })),
    ),
  )
}

/** What of `spans` is in none of `others`. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  let left = merged(spans)
  for (const other of merged(others)) {
    left = left.flatMap((span) =>
      [
        { fromS: span.fromS, toS: Math.min(span.toS, other.fromS) },
        { fromS: Math.max(span.fromS, other.toS), toS: span.toS },
      ].filter(({ fromS, toS }) => toS > fromS),
    )
  }
  return left
}

export function lengthS(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromS, toS }) => sum + toS - fromS, 0)
}

export interface DurationScore {
  readonly tpS: number
  readonly fpS: number
  readonly fnS: number
  readonly tnS: number
}

/** Seconds of a condition, by the reference and as found, within what is judged (EC57's `epicmp`, by duration). */
export function scoreDurations(
  reference: readonly Span[],
  found: readonly Span[],
  judged: readonly Span[],
): DurationScore {
  const yes = common(merged(reference), merged(judged))
  const said = common(merged(found), merged(judged))
  const tpS = lengthS(common(yes, said))
  const fpS = lengthS(said) - tpS
  const fnS = lengthS(yes) - tpS
  return { tpS, fpS, fnS, tnS: lengthS(merged(judged)) - tpS - fpS - fnS }
}

export interface Confusion {
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly tn: number
}

/** A window, by the reference and as found. */
export interface WindowVerdict {
  readonly fromS: number
  readonly reference: boolean
  readonly found: boolean
}

/** Back-to-back windows over what is judged; a window is what more than half of it is, in the reference as in what was found. */
export function windows(
  reference: readonly Span[],
  found: readonly Span[],
  lengthOfRecordS: number,
  windowS: number,
): WindowVerdict[] {
  const most = (spans: readonly Span[], window: Span): boolean =>
    spans.reduce((sum, span) => sum + overlapS(span, window), 0) > windowS / 2
  const [yes, said] = [merged(reference), merged(found)]
  return Array.from({ length: Math.floor(lengthOfRecordS / windowS) }, (_, i) => {
    const window = { fromS: i * windowS, toS: (i + 1) * windowS }
    return { fromS: window.fromS, reference: most(yes, window), found: most(said, window) }
  })
}

export function confusionOf(verdicts: readonly { readonly reference: boolean; readonly found: boolean }[]): Confusion {
  const count = (reference: boolean, found: boolean): number =>
    verdicts.filter((verdict) => verdict.reference === reference && verdict.found === found).length
  return { tp: count(true, true), fp: count(false, true), fn: count(true, false), tn: count(false, false) }
}
