/** The mnemonic of every annotation code of WFDB's `ecgcodes.h` (`[n]` = not assigned). */
const SYMBOLS: readonly string[] = [
  ' ', 'N', 'L', 'R', 'a', 'V', 'F', 'J', 'A', 'S', 'E', 'j', '/', 'Q', '~', '[15]', '|', '[17]', 's', 'T',
  '*', 'D', '"', '=', 'p', 'B', '^', 't', '+', 'u', '?', '!', '[', ']', 'e', 'n', '@', 'x', 'f', '(', ')', 'r',
  '[42]', '[43]', '[44]', '[45]', '[46]', '[47]', '[48]', '[49]',
] // prettier-ignore

const CODES: ReadonlyMap<string, number> = new Map(SYMBOLS.map((symbol, code) => [symbol, code]))
const BEATS: ReadonlySet<string> = new Set('NLRBAaJSVrFejnE/fQ?')

/** Codes from 1 to here are annotations; above are the pseudo-annotations of the file format. */
export const LAST_CODE = 49

export function symbolOf(code: number): string | undefined {
  return SYMBOLS[code]
}

export function codeOf(symbol: string): number | undefined {
  return CODES.get(symbol)
}

/** Whether a mnemonic marks a QRS complex. */
export function isBeat(symbol: string): boolean {
  return BEATS.has(symbol)
}
