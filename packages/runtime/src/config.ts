import { PulsewireError } from '@pulsewire/contracts'
import { z } from 'zod'

/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads configuration from environment variables through a zod shape whose keys are their names. An empty value counts as absent.
 * Throws PW_CONFIG_INVALID that names every bad variable.
 */
export function parseConfig<Shape extends z.ZodRawShape>(shape: Shape, env: Environment): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = z.object(shape).safeParse(given)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.map(String).join('.')
    return `${name}: ${issue.message}${name in given ? ` (it is ${JSON.stringify(given[name])})` : ''}`
  })
  throw new PulsewireError('PW_CONFIG_INVALID', problems.join('; '))
}

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number)

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number) {
  return wholeNumber.pipe(z.number().min(minimum).max(maximum))
}
/** A TCP port; 0 = any free one. */
export const port = integer(0, 65_535)
/** `0` or `1`. */
export const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((value) => value === '1')

/** What every process reads. */
export const sharedConfig = {
  PULSEWIRE_DATA_DIR: z.string().default('./data').describe('where a station, or a service, keeps its files'),
  PULSEWIRE_HOST: z.string().default('127.0.0.1').describe('the address that servers listen on'),
  PULSEWIRE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('how much is logged to stderr'),
  PULSEWIRE_OPERATION_PORT: port
    .optional()
    .describe('HTTP for `/healthz`, `/readyz` and `/metrics` of this process; absent = none, 0 = any free port'),
} as const
