import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { requireTools, run } from '../command.ts'

const SCRIPT = join(import.meta.dirname, 'get-toxiproxy.sh')

/** Toxiproxy's server, built from its Go module: a minute, once. */
export async function installToxiproxy(): Promise<string> {
  const directory = await cached(cacheKey('toxiproxy', readFileSync(SCRIPT, 'utf8')), async (making) => {
    requireTools(['bash', 'nice', 'go'], 'Building Toxiproxy from its Go module')
    process.stderr.write('engines: building Toxiproxy (a minute, once)\n')
    await run('nice', ['-n', '10', 'bash', SCRIPT, making])
  })
  return join(directory, 'toxiproxy-server')
}
