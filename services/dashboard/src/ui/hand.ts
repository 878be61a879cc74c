/** No hand presses keys closer together than this; a hand-held code scanner, which types, sends one every few milliseconds. [K] */
const APART_MS = 50

/**
 * Tells what a hand presses from what a scanner types. A wristband that is scanned while the ward is on the screen must not acknowledge an
 * alarm because its code has an `a` in it: what has consequences waits for a moment, and is not done where more keys follow at once.
 */
export class Hand {
  #lastMs = Number.NEGATIVE_INFINITY
  #isScanner = false
  #waiting: ReturnType<typeof setTimeout> | undefined

  /** A key that writes, or Enter, was pressed at `atMs`; true where a scanner pressed it. */
  pressed(atMs: number): boolean {
    this.#isScanner = atMs - this.#lastMs < APART_MS
    this.#lastMs = atMs
    if (this.#isScanner) clearTimeout(this.#waiting)
    return this.#isScanner
  }

  /** Does what the last key says, unless it came from a scanner or another follows at once. */
  does(act: () => void): void {
    if (!this.#isScanner) this.#waiting = setTimeout(act, APART_MS)
  }
}

/** Where keys are text. */
export const FIELDS = 'input, textarea, select'

/** The field that a key is typed into, if it is. */
export function fieldOf({ target }: KeyboardEvent): HTMLElement | null {
  return target instanceof HTMLElement ? target.closest<HTMLElement>(FIELDS) : null
}

/** The one at this screen. */
export const hand = new Hand()

/** Hears every key before all others do; what a scanner types is kept from them, except in a field. For the life of the page. */
export function listenToHand(): void {
  const listen = (event: KeyboardEvent) => {
    if ((event.key.length !== 1 && event.key !== 'Enter') || event.repeat) return
    if (!hand.pressed(event.timeStamp) || fieldOf(event) !== null) return
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener('keydown', listen, { capture: true })
}
