import { ID_PATTERN } from '@pulsewire/contracts'
import { z } from 'zod'
import { instant } from '../http/instants.ts'

export function limitParameter(most: number): z.ZodOptional<z.ZodType<number, string>> {
  return z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'is a whole number above 0')
    .transform(Number)
    .pipe(z.number().max(most))
    .describe(`at most so much in one answer; \`next\` carries on (as \`from\`). At most ${most}`)
    .optional()
}

/** What all queries for series have. */
export const rangeParameters = {
  from: instant.optional(),
  to: instant.optional(),
  device: z.string().regex(ID_PATTERN).optional().describe('only what this device sent'),
}

export const next = z.number().optional().describe('there is more: ask again with `from` = this')
