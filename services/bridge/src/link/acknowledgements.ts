/** One message that waits to be acknowledged. */
export interface PendingAcknowledgement {
  readonly packet: Buffer
  settled: boolean
}

/**
 * The acknowledgements that one connection owes, in the order of arrival (MQTT-4.6.0-2: PUBACKs go out in the order of the PUBLISHes):
 * what is settled early waits for what came before it. It lives and dies with its connection, so that none ever goes out on another, where
 * the same packet identifier may stand for another message.
 */
export interface Acknowledgements {
  /** Owed and not yet sent. */
  readonly owed: number
  /** A message has come; `packet` acknowledges it. Call what it answers when the message is durable. */
  expect(packet: Buffer): () => void
}

/** @param send gets whole packets, several in one piece, at most once per turn of the event loop */
export function createAcknowledgements(send: (packets: Buffer) => void): Acknowledgements {
  const pending: PendingAcknowledgement[] = []
  let head = 0
  let scheduled = false

  const flush = (): void => {
    scheduled = false
    const start = head
    while (pending[head]?.settled === true) head++
    if (head === start) return
    const packets = pending.slice(start, head).map(({ packet }) => packet)
    if (head === pending.length || head > COMPACT_ABOVE) {
      pending.splice(0, head)
      head = 0
    }
    send(Buffer.concat(packets))
  }

  return {
    get owed() {
      return pending.length - head
    },
    expect: (packet) => {
      const entry: PendingAcknowledgement = { packet, settled: false }
      pending.push(entry)
      return () => {
        entry.settled = true
        // A batch of the log settles many at once: one write for all of them.
        if (scheduled || pending[head]?.settled !== true) return
        scheduled = true
        setImmediate(flush)
      }
    },
  }
}

const COMPACT_ABOVE = 1_024
