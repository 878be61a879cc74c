import { within } from './probes.ts'

/** What one end may ask the other: a process about itself, the station about all of its processes. */
export type Question = 'live' | 'ready' | 'metrics' | 'ports'
const QUESTIONS: readonly Question[] = ['live', 'ready', 'metrics', 'ports']

/** An end of Node's IPC: a child process, or this process as one. */
export interface ChannelEnd {
  send?(message: object, callback: (error: Error | null) => void): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  off(event: 'message', listener: (message: unknown) => void): unknown
}

export interface OperationChannel {
  /** Rejects where the other end does not answer within the time. */
  ask(question: Question): Promise<unknown>
  close(): void
}

/** Asks and answers questions of operation over IPC, beside whatever else is said there. */
export function openOperationChannel(
  end: ChannelEnd,
  answer: (question: Question) => unknown,
  withinMs = 4_000,
): OperationChannel {
  const waiting = new Map<number, (value: unknown) => void>()
  let lastId = 0
  const send = (message: object): void => {
    // Who is gone needs no answer, and gives none: the question's time runs out.
    end.send?.(message, () => undefined)
  }
  const onMessage = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('operation' in message) || !('id' in message)) return
    const { id } = message
    if (typeof id !== 'number') return
    if (message.operation === 'answer') {
      waiting.get(id)?.('value' in message ? message.value : undefined)
      return
    }
    const question = QUESTIONS.find((known) => known === message.operation)
    if (question === undefined) return
    Promise.resolve()
      .then(() => answer(question))
      // No answer: who asked sees that there was none.
      .then((value) => send({ operation: 'answer', id, value }))
      .catch(() => undefined)
  }
  end.on('message', onMessage)
  return {
    ask: async (question) => {
      const id = ++lastId
      const answered = new Promise<unknown>((resolve) => waiting.set(id, resolve))
      send({ operation: question, id })
      try {
        return await within(answered, withinMs)
      } finally {
        waiting.delete(id)
      }
    },
    close: () => {
      end.off('message', onMessage)
    },
  }
}

const BEAT_MS = 1_000

/** Tells the parent each second that this process is alive, as long as `isAlive`. Without a parent it does nothing. */
export function startBeating(end: ChannelEnd, isAlive: () => boolean): () => void {
  if (end.send === undefined) return () => undefined
  const beat = (): void => {
    if (isAlive()) end.send?.({ type: 'alive' }, () => undefined)
  }
  beat()
  const timer = setInterval(beat, BEAT_MS)
  timer.unref()
  return () => clearInterval(timer)
}
