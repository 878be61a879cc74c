import { createHash } from 'node:crypto'
import type { Verdicts } from './verdicts.ts'

/** How many messages are remembered to tell what is sent again. */
const REMEMBERED = 20_000

export interface SequenceCheck {
  /** True where the message is one that was seen before: it says nothing new. */
  isRepeated(message: { boot: string; seq: number; payload: Uint8Array; dup: boolean }): boolean
  readonly boots: number
  readonly duplicates: number
  readonly missing: number
}

/** Looks at boot and seq: order, gaps, repetitions. */
export function createSequenceCheck(verdicts: Verdicts): SequenceCheck {
  const seen = new Map<string, string>()
  const highest = new Map<string, number>()
  let duplicates = 0
  let missing = 0

  const remember = (key: string, digest: string): void => {
    seen.set(key, digest)
    const oldest = seen.keys().next().value
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest)
  }

  return {
    get boots() {
      return highest.size
    },
    get duplicates() {
      return duplicates
    },
    get missing() {
      return missing
    },
    isRepeated({ boot, seq, payload, dup }) {
      const key = `${boot} ${seq}`
      const digest = createHash('sha256').update(payload).digest('hex')
      const before = seen.get(key)
      if (before !== undefined) {
        duplicates += 1
        if (before === digest) verdicts.right('duplicates')
        else verdicts.wrong('duplicates', `boot ${boot}, seq ${seq} came again with other content: it is quarantined`)
        return true
      }
      remember(key, digest)
      const last = highest.get(boot)
      highest.set(boot, Math.max(last ?? -1, seq))
      if (last !== undefined && seq < last) {
        verdicts.wrong(
          'seq',
          `seq ${seq} came after ${last} (boot ${boot})${dup ? ', marked as a duplicate that was never seen' : ''}`,
        )
      } else if (last !== undefined && seq > last + 1) {
        missing += seq - last - 1
        verdicts.advise('seq', `seq ${last + 1} to ${seq - 1} of boot ${boot} never came`)
      } else verdicts.right('seq')
      return false
    },
  }
}
