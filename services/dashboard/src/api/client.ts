import type { Operations } from './operations.ts'

/** What the API refused, by its stable code. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export type Operation = keyof Operations
/** What the call answers, as the OpenAPI document says. */
export type Answer<K extends Operation> = Operations[K]['answer']
/** What the call takes in its body. */
export type Body<K extends Operation> = Operations[K] extends { body: infer B } ? B : never

/** The call takes no such part. */
type Without<Name extends string> = { readonly [P in Name]?: never }
type Part<Name extends string, T> = [keyof T] extends [never]
  ? Without<Name>
  : Partial<T> extends T
    ? { readonly [P in Name]?: T }
    : { readonly [P in Name]: T }
/** Parameters of the path and the query, and the body, where the call has them. */
export type Input<K extends Operation> = Part<'path', Operations[K]['path']> &
  Part<'query', Operations[K]['query']> &
  (Operations[K] extends { body: infer B } ? { readonly body: B } : Without<'body'>)

/** The HTTP API, typed from its OpenAPI document. */
export interface Api {
  /** Calls `METHOD /path`; throws `ApiError` for what the server refuses, `TypeError` where it cannot be reached. */
  call<K extends Operation>(
    operation: K,
    ...input: Partial<Input<K>> extends Input<K> ? [input?: Input<K>] : [input: Input<K>]
  ): Promise<Answer<K>>
  /** The address of a call that is read by GET, for links and downloads. */
  url<K extends Operation & `GET ${string}`>(
    operation: K,
    ...input: Partial<Input<K>> extends Input<K> ? [input?: Input<K>] : [input: Input<K>]
  ): string
}

interface AnyInput {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

export function createApi(base = '/api/v1'): Api {
  return {
    async call<K extends Operation>(operation: K, input: AnyInput = {}): Promise<Answer<K>> {
      const response = await fetch(addressOf(base, operation, input), {
        method: operation.slice(0, operation.indexOf(' ')),
        credentials: 'same-origin',
        headers: {
          accept: 'application/json',
          ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      })
      const text = await response.text()
      if (!response.ok) throw problemOf(response.status, text)
      return (text === '' ? null : JSON.parse(text)) as Answer<K>
    },
    url: (operation: Operation, input: AnyInput = {}) => addressOf(base, operation, input),
  }
}

/** The address of `METHOD /path/{name}`: parameters are put in and escaped; what is undefined in the query is left out. */
export function addressOf(base: string, operation: string, { path = {}, query = {} }: AnyInput): string {
  const place = operation
    .slice(operation.indexOf(' ') + 1)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const entries = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const search = new URLSearchParams(entries).toString()
  return search === '' ? `${base}${place}` : `${base}${place}?${search}`
}

/** `[from, to)` as queries take it. */
export const range = (fromMs: number, toMs: number) => ({
  from: String(Math.round(fromMs)),
  to: String(Math.round(toMs)),
})

function problemOf(status: number, text: string): ApiError {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Something between the server and us answered, in its own words.
    value = undefined
  }
  const problem = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const said = (field: string) => (typeof problem[field] === 'string' ? problem[field] : undefined)
  return new ApiError(
    status,
    said('code') ?? 'PW_INTERNAL',
    said('detail') ?? said('title') ?? `The server answered ${status}`,
  )
}

/** What went wrong, in words for the screen. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return error instanceof TypeError ? 'The server cannot be reached' : String(error)
}
