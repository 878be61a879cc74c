import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { requireTools, run } from '../command.ts'

const SCRIPT = join(import.meta.dirname, 'get-telegraf.sh')

/** Telegraf, built from its Go module with a handful of its plugins: two to three minutes, once. */
export async function installTelegraf(): Promise<string> {
  const directory = await cached(cacheKey('telegraf', readFileSync(SCRIPT, 'utf8')), async (making) => {
    requireTools(['bash', 'nice', 'go'], 'Building Telegraf from its Go module')
    process.stderr.write('engines: building Telegraf (two to three minutes, once)\n')
    await run('nice', ['-n', '10', 'bash', SCRIPT, making])
  })
  return join(directory, 'telegraf')
}
