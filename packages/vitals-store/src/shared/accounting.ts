import type { AccountedMessage, MessageWrite } from '../port.ts'

/** A message that stands in the accounting: it has a session and a number. */
export type Numbered = AccountedMessage & { readonly boot: string; readonly seq: number }

/** What becomes of messages. */
export interface Classified {
  /** New: to be stored. */
  readonly fresh: readonly MessageWrite[]
  /** The same (boot, seq) with the same content: no effect. */
  readonly duplicates: number
  /** The same (boot, seq) with other content: to be quarantined. */
  readonly reused: readonly MessageWrite[]
}

/** How many digits of a hash are compared and kept. */
export const HASH_DIGITS = 16

export function shortHash(message: AccountedMessage): string {
  return message.hash.slice(0, HASH_DIGITS)
}

export function isNumbered(message: AccountedMessage): message is Numbered {
  return message.boot !== undefined && message.seq !== undefined
}

export function messageKey({ device, boot, seq }: Pick<Numbered, 'device' | 'boot' | 'seq'>): string {
  return `${device}\0${boot}\0${seq}`
}

/**
 * Sorts messages that are not yet stored, in their order, into fresh ones, duplicates and reuses. `hashOf` gives the hash of a message that came in an
 * earlier write (`hasSeen`); one that is not known any more counts as another, so that nothing is dropped unseen.
 */
export function classify(
  messages: Iterable<MessageWrite>,
  hasSeen: (message: Numbered) => boolean,
  hashOf: (message: Numbered) => string | undefined,
): Classified {
  const fresh: MessageWrite[] = []
  const reused: MessageWrite[] = []
  const inThisWrite = new Map<string, string>()
  let duplicates = 0
  for (const write of messages) {
    const { message } = write
    if (!isNumbered(message)) {
      fresh.push(write)
      continue
    }
    const key = messageKey(message)
    const seenHere = inThisWrite.get(key)
    if (seenHere === undefined && !hasSeen(message)) {
      inThisWrite.set(key, shortHash(message))
      fresh.push(write)
    } else if ((seenHere ?? hashOf(message)) === shortHash(message)) {
      duplicates++
    } else {
      reused.push(write)
    }
  }
  return { fresh, duplicates, reused }
}
