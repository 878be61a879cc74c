import type { Readable } from 'node:stream'

/** An answer that is not the route's usual status. */
export class Answered<T> {
  readonly status: number
  readonly body: T
  constructor(status: number, body: T) {
    this.status = status
    this.body = body
  }
}

/** An answer that is not JSON (CSV, a zip), or JSON that is written while it is sent. */
export class RawAnswer {
  readonly contentType: string
  readonly body: string | Uint8Array | Readable
  readonly headers: Readonly<Record<string, string>>
  constructor(
    contentType: string,
    body: string | Uint8Array | Readable,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.contentType = contentType
    this.body = body
    this.headers = headers
  }
}
