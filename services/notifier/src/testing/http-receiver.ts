import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Status that it answered; absent where it did not. */
  readonly answered: number | undefined
}

/** A real HTTP server that answers as it is told. */
export interface HttpReceiver {
  readonly url: string
  readonly received: readonly Received[]
  /** Status for the request (how many came before, and its `webhook-id`), or undefined: it never answers. */
  answer: (count: number, id: string) => number | undefined
  close(): Promise<void>
}

export async function startHttpReceiver(port = 0): Promise<HttpReceiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answered = receiver.answer(received.length, String(request.headers['webhook-id']))
      received.push({ headers: request.headers, body: Buffer.concat(chunks), answered })
      if (answered !== undefined) response.writeHead(answered, { location: 'http://127.0.0.1:1/' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: bound } = server.address() as AddressInfo
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${bound}/in`,
    received,
    answer: () => 204,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

/** The same sequence of 0 ≤ x < 1 for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
