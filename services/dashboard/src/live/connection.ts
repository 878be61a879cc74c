import { type LiveMessage, parseLiveMessage } from './messages.ts'

/** What the connection needs of a WebSocket. */
export interface LiveSocket {
  send(text: string): void
  close(): void
}

export interface LiveSocketEvents {
  text: (text: string) => void
  closed: () => void
}

export interface LiveConnectionOptions {
  /** Opens a socket; `since` = the position of the last message heard. */
  open: (since: string | undefined, events: LiveSocketEvents) => LiveSocket
  onMessage: (message: LiveMessage, atMs: number) => void
  /** Nothing was heard for `SILENCE_MS`. Called once per silence. */
  onSilence: () => void
  /** A socket closed without a word: the session may be over. */
  onRefused: () => void
  now: () => number
}

/**
 * The one live connection: opens, hears silence, opens again with `since`. Has no timers of its own: `check` is called several times a
 * second by a clock that also runs in a hidden tab.
 */
export interface LiveConnection {
  /** Whether the server hears this screen now. */
  isHeard(): boolean
  /** Says something to the server; only while it is heard. */
  send(text: string): void
  check(): void
  close(): void
}

/** Two heartbeats and a bit: with the check's own period and the drawing, the screen is grey within three seconds. */
export const SILENCE_MS = 2400
/** An open socket that stays silent this long is dead: take another. */
const GIVE_UP_MS = 6000
const BACKOFF_MS: readonly number[] = [250, 500, 1000, 2000, 4000]

export function createLiveConnection(options: LiveConnectionOptions): LiveConnection {
  const { now } = options
  let socket: LiveSocket | undefined
  /** Events of sockets that were dropped are not heard any more. */
  let generation = 0
  let openedAt = 0
  let heardAt = now()
  let silent = false
  let attempts = 0
  let retryAt = 0
  let since: string | undefined
  let closed = false
  /** The socket has said something: what is sent arrives. */
  let open = false

  const drop = () => {
    const dropped = socket
    socket = undefined
    open = false
    generation += 1
    dropped?.close()
    retryAt = now() + (BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length - 1)] ?? 0)
    attempts += 1
  }

  const connect = () => {
    let said = false
    const mine = generation
    openedAt = now()
    socket = options.open(since, {
      text: (text) => {
        if (mine !== generation) return
        said = true
        open = true
        attempts = 0
        silent = false
        heardAt = now()
        const message = parseLiveMessage(text)
        if (!message) return
        if (message.position !== undefined) since = message.position
        options.onMessage(message, heardAt)
      },
      closed: () => {
        if (mine !== generation) return
        drop()
        if (!said) options.onRefused()
      },
    })
  }

  return {
    isHeard: () => open && !silent,
    send: (text) => socket?.send(text),
    check() {
      if (closed) return
      const at = now()
      if (!silent && at - heardAt >= SILENCE_MS) {
        silent = true
        options.onSilence()
      }
      if (socket && at - Math.max(heardAt, openedAt) >= GIVE_UP_MS) drop()
      if (!socket && at >= retryAt) connect()
    },
    close() {
      closed = true
      drop()
    },
  }
}
