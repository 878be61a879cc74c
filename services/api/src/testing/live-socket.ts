import { deepStrictEqual } from 'node:assert'
import WebSocket from 'ws'
import { liveMessage } from '../live/live-schema.ts'

export type LiveText = Record<string, unknown> & { type: string; position?: string }

/** A browser's live socket in tests: keeps what it gets. */
export interface LiveSocket {
  readonly socket: WebSocket
  /** Everything so far. */
  readonly messages: LiveText[]
  /** Everything so far but hello and the server's own status. */
  data(): LiveText[]
  closed: Promise<number>
}

export async function openLive(
  origin: string,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<LiveSocket> {
  const url = `${origin.replace('http', 'ws')}/api/v1/live?${new URLSearchParams(query).toString()}`
  const socket = new WebSocket(url, { headers })
  const messages: LiveText[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as LiveText
    // As strict as the OpenAPI document: what it does not tell is an error, and fails the test's run.
    deepStrictEqual(liveMessage.parse(message), message)
    messages.push(message)
  })
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)))
  await new Promise<void>((resolve, reject) => {
    socket.on('message', () => resolve())
    socket.on('error', reject)
    socket.on('unexpected-response', (_, response) => reject(new Error(`HTTP ${response.statusCode}`)))
  })
  return {
    socket,
    messages,
    closed,
    data: () =>
      messages.filter((message) => message.type !== 'hello' && !('system' in message) && !('registry' in message)),
  }
}
