import type { Outcome } from '@pulsewire/delivery'

/** Answers that may be others the next time: a timeout, too early, too many, and whatever is wrong inside the receiver. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429])
const MOST_RETRY_AFTER_MS = 5 * 60_000

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

/**
 * Posts, and says what came of it. Follows no redirect, and reads no answer but its status: an address that an administrator sets shows nothing of
 * what is behind it.
 */
export async function post({ url, headers, body }: Post, signal: AbortSignal): Promise<Outcome> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return outcomeOf(response)
  } catch (error) {
    return unreachable(error, signal)
  }
}

function outcomeOf({ status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted' }
  const transient = status >= 500 || TRANSIENT_STATUS.has(status)
  const retryAfterMs = Number(headers.get('retry-after') ?? Number.NaN) * 1000
  return {
    kind: 'refused',
    transient,
    detail: `HTTP ${status}`,
    ...(transient && retryAfterMs > 0 ? { retryAfterMs: Math.min(retryAfterMs, MOST_RETRY_AFTER_MS) } : {}),
    ...(status === 404 || status === 410 ? { gone: true } : {}),
  }
}

/** The outcome of what never got an answer. */
export function unreachable(error: unknown, signal: AbortSignal): Outcome {
  return { kind: 'refused', transient: true, detail: signal.aborted ? 'no answer in time' : wordsOf(error) }
}

/** What the network said: fetch hides it in the cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.message
}
