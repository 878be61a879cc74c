import { ERRORS, PulsewireError, type ErrorCode } from '@pulsewire/contracts'
import { z } from 'zod'

/** RFC 9457, with the stable code of the catalogue. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    /** Whether trying again may help. */
    class: z.enum(['transient', 'ambiguous', 'permanent']),
    /** The fields that were wrong, where it was the request. */
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'An error, after RFC 9457' })
export type Problem = z.infer<typeof problem>

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** A request that broke its schema: names the fields. */
export class RequestInvalid extends PulsewireError {
  readonly fields: readonly { field: string; message: string }[]
  constructor(fields: readonly { field: string; message: string }[]) {
    super('PW_REQUEST_INVALID', fields.map(({ field, message }) => `${field}: ${message}`).join('; '))
    this.fields = fields
  }
}

/** The problem document of anything thrown. What is not ours, nor Fastify's own complaint about a request, tells nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestInvalid) return { ...build(error.code, error.message), errors: [...error.fields] }
  if (error instanceof PulsewireError) return build(error.code, detailOf(error))
  if (!(error instanceof Error)) return build('PW_INTERNAL')
  const code = 'code' in error ? error.code : undefined
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return build('PW_PAYLOAD_TOO_LARGE')
  if (status === 404) return build('PW_NOT_FOUND')
  if (status === 413) return build('PW_PAYLOAD_TOO_LARGE')
  if (status === 415) return build('PW_UNSUPPORTED_MEDIA_TYPE', 'send application/json')
  if (status === 429) return build('PW_TOO_MANY_REQUESTS', error.message)
  if (status >= 400 && status < 500) return build('PW_REQUEST_INVALID', error.message)
  return build('PW_INTERNAL')
}

/** Where an engine is away, who asks is told what that means to them; which engine, and where, stands in the log and in `/readyz`. */
function detailOf({ code, message }: PulsewireError): string {
  return ERRORS[code].status === 503
    ? 'A part of the system is away at present. Try again in a moment: nothing that was acknowledged is lost'
    : message
}

function build(code: ErrorCode, detail?: string): Problem {
  const { status, title, class: kind } = ERRORS[code]
  return {
    type: `urn:pulsewire:error:${code}`,
    title,
    status,
    code,
    class: kind,
    ...(detail === undefined || detail === title ? {} : { detail }),
  }
}
