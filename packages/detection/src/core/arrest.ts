import type { FindingBook } from './finding-book.ts'

/** A ventricular tachycardia that lasts so long is sustained. */
const SUSTAINED_MS = 30_000
/**
 * The ST segment is bent for so long afterwards: of the ECGs of the first 7 min after a restored circulation 18 % show an infarction that is
 * none, of later ones 6 to 7 % (Baldi 2021, doi 10.1001/jamanetworkopen.2020.32875).
 */
const BENT_FOR_MS = 8 * 60_000

/** Ventricular fibrillation, flutter or sustained tachycardia: from its onset to when it was last there. Plain data. */
export interface Arrest {
  fromMs: number
  toMs: number
}

/** The arrest that is going on or was the last; those that follow each other within minutes are one. */
export function followArrest(last: Arrest | undefined, book: FindingBook, nowMs: number): Arrest | undefined {
  let arrest = last
  for (const type of ['ventricular-fibrillation', 'ventricular-tachycardia'] as const) {
    const finding = book.get(type)
    if (finding?.priority === undefined) continue
    if (type === 'ventricular-tachycardia' && nowMs - finding.onset < SUSTAINED_MS) continue
    const isSame = arrest !== undefined && nowMs - arrest.toMs <= BENT_FOR_MS
    arrest = { fromMs: isSame && arrest !== undefined ? arrest.fromMs : finding.onset, toMs: nowMs }
  }
  return arrest
}

/** Whether something began after an arrest, and not long after it. What was there before may have been its cause. */
export function isAfterArrest(arrest: Arrest | undefined, onsetMs: number, nowMs: number): boolean {
  return arrest !== undefined && onsetMs > arrest.fromMs && nowMs - arrest.toMs <= BENT_FOR_MS
}
