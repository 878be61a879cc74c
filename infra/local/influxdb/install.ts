import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { requireTools, run } from '../command.ts'

const SCRIPT = join(import.meta.dirname, 'get-influxd.sh')

/** InfluxDB's server, built from its Go module: minutes, once. The cache keeps the binary alone, by the script that made it. */
export async function installInfluxdb(): Promise<string> {
  const directory = await cached(cacheKey('influxdb', readFileSync(SCRIPT, 'utf8')), async (making) => {
    requireTools(['bash', 'nice', 'go', 'cargo', 'gcc'], 'Building InfluxDB 2 from its Go module')
    process.stderr.write('engines: building InfluxDB (3 to 15 minutes, once)\n')
    await run('nice', ['-n', '10', 'bash', SCRIPT, making])
  })
  return join(directory, 'influxd')
}
