import type { WebSocket } from 'ws'
import type { Session } from '../auth/sessions.ts'
import type { LiveMessage } from './messages.ts'

/** Code and reason with which a socket is closed. */
export const CLOSE = {
  stopping: [1001, 'the server is stopping'],
  sessionEnded: [4401, 'the session has ended'],
  failed: [1011, 'something went wrong inside'],
} as const

export interface ClientOptions {
  readonly socket: WebSocket
  readonly session: Session
  /** Only these; `undefined` = all. */
  readonly patients: ReadonlySet<string> | undefined
  readonly signals: ReadonlySet<string> | undefined
  /** Above it, messages are left out until the socket has drained. */
  readonly maxBufferedBytes: number
}

/** One live socket: its filters, and what it does when its browser reads too slowly. */
export interface LiveClient {
  readonly session: Session
  readonly signals: ReadonlySet<string> | undefined
  /** The same for sockets that want the same signals. */
  readonly signalsKey: string
  /** Throws where it is about signals and the message is unreadable. */
  wants(message: LiveMessage): boolean
  /** Sends whatever the buffer holds: for who waits for `room`. */
  deliver(text: Buffer): void
  /** Sends a message, or counts it as left out. */
  send(text: Buffer): void
  /** Sends where there is room, and counts nothing (the heartbeat). */
  hint(text: Buffer): void
  /** How many messages were left out, and since when (ms), once the socket has drained; then it is as before. */
  recovered(): { readonly dropped: number; readonly since: number } | undefined
  /** Resolves when there is room for more; false where the socket is closed or did not drain in `timeoutMs`. */
  room(timeoutMs: number): Promise<boolean>
  isOpen(): boolean
  /** Asks whether the other side lives; false where it did not answer the last time. */
  ping(): boolean
  close(why: keyof typeof CLOSE): void
  terminate(): void
}

const DRAIN_POLL_MS = 20

export function createLiveClient(options: ClientOptions): LiveClient {
  const { socket, session, patients, signals, maxBufferedBytes } = options
  let leftOut = 0
  let leftOutSince = 0
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const drained = (): boolean => socket.bufferedAmount <= maxBufferedBytes / 4
  const transmit = (text: Buffer): void => {
    if (socket.readyState === socket.OPEN) socket.send(text, { binary: false })
  }

  return {
    session,
    signals,
    signalsKey: signals === undefined ? '*' : [...signals].sort().join(','),
    wants: (message) => {
      if (message.toAll === true) return true
      if (patients !== undefined && (message.patient === undefined || !patients.has(message.patient))) return false
      if (signals === undefined || message.signals === undefined) return true
      return signals.size > 0 && message.signals().some((name) => signals.has(name))
    },
    deliver: transmit,
    send: (text) => {
      if (leftOut === 0 && socket.bufferedAmount <= maxBufferedBytes) return transmit(text)
      if (leftOut === 0) leftOutSince = Date.now()
      leftOut++
    },
    hint: (text) => {
      if (leftOut === 0 && socket.bufferedAmount <= maxBufferedBytes) transmit(text)
    },
    recovered: () => {
      if (leftOut === 0 || !drained()) return undefined
      const dropped = leftOut
      leftOut = 0
      return { dropped, since: leftOutSince }
    },
    room: async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs
      while (socket.readyState === socket.OPEN && !drained()) {
        if (Date.now() > deadline) return false
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
      }
      return socket.readyState === socket.OPEN
    },
    isOpen: () => socket.readyState === socket.OPEN,
    ping: () => {
      if (!alive) return false
      alive = false
      if (socket.readyState === socket.OPEN) socket.ping()
      return true
    },
    close: (why) => {
      const [code, reason] = CLOSE[why]
      socket.close(code, reason)
    },
    terminate: () => socket.terminate(),
  }
}
