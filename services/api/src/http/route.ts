import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/access.ts'
import type { Session } from '../auth/sessions.ts'
import type { Author } from '../registry-writes.ts'
import type { Answered, RawAnswer } from './answers.ts'
import { RequestInvalid } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const NOTHING = z.strictObject({})
type Nothing = typeof NOTHING

/** A call of the API: the schemas validate what comes in, and the OpenAPI document is made from the same ones. */
export interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  readonly method: Method
  /** Below the API's root, with `:name` for parameters. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  /** `public`: without a session. */
  readonly access: Permission | 'public'
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly response: R
  /** Of the usual answer. Default 200. */
  readonly status?: number
  /** Other representations than JSON. */
  readonly alsoAs?: readonly string[]
  /** No audit record, though it is not a GET (a sign-in writes its own). */
  readonly unaudited?: boolean
  handle(input: {
    readonly params: z.output<P>
    readonly query: z.output<Q>
    readonly body: z.output<B>
    readonly call: Call
  }): Promise<z.input<R> | Answered<z.input<R>> | RawAnswer>
}

/** What a handler may know of the call. `session` is missing where the route is public. */
export interface Call {
  readonly session: Session | undefined
  /** On whose behalf the registry is written. */
  readonly author: Author
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A route whose types are closed over: parsing and handling in one. */
export interface Route {
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly access: Permission | 'public'
  readonly status: number
  readonly alsoAs: readonly string[]
  readonly audited: boolean
  readonly schemas: {
    params: z.ZodType | undefined
    query: z.ZodType | undefined
    body: z.ZodType | undefined
    response: z.ZodType
  }
  run(call: Call): Promise<unknown>
}

export function route<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B, R>): Route {
  const parts = { params: spec.params, query: spec.query, body: spec.body }
  return {
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    tag: spec.tag,
    access: spec.access,
    status: spec.status ?? 200,
    alsoAs: spec.alsoAs ?? [],
    audited: spec.method !== 'GET' && spec.unaudited !== true,
    schemas: { ...parts, response: spec.response },
    run: (call) => {
      const { params, query, body } = call.request
      return spec.handle({
        params: (spec.params === undefined ? undefined : parseInput(spec.params, params, 'path')) as z.output<P>,
        query: parseInput(spec.query ?? NOTHING, query, 'query') as z.output<Q>,
        body: (spec.body === undefined ? undefined : parseInput(spec.body, body, 'body')) as z.output<B>,
        call,
      })
    },
  }
}

/** `value` as `schema` reads it; PW_REQUEST_INVALID that names each field that is wrong. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, place: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new RequestInvalid(
    result.error.issues.slice(0, 20).map((issue) => ({
      field: [...issue.path, ...unknownKeys(issue)].join('.') || place,
      message: issue.message,
    })),
  )
}

function unknownKeys(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'unrecognized_keys' && issue.path.length === 0 && issue.keys[0] !== undefined
    ? [issue.keys[0]]
    : []
}
