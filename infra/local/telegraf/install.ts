import { join } from 'node:path'
import { installGoProgram } from '../go-program.ts'

/** Telegraf, built from its Go module with a handful of its plugins: two to three minutes, once. */
export function installTelegraf(): Promise<string> {
  const script = join(import.meta.dirname, 'get-telegraf.sh')
  return installGoProgram({
    name: 'telegraf',
    title: 'Telegraf',
    takes: 'two to three minutes',
    script,
    binary: 'telegraf',
  })
}
