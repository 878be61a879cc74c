import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from './cache.ts'
import { requireTools, run } from './command.ts'

/** A program that a script of ours builds from its Go module into the directory that it is given. */
export interface GoProgram {
  /** Of its place in the cache. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly takes: string
  readonly script: string
  /** What the script makes. */
  readonly binary: string
}

/** Built where the cache has it not; answers its path. */
export async function installGoProgram({ name, title, takes, script, binary }: GoProgram): Promise<string> {
  const directory = await cached(cacheKey(name, readFileSync(script, 'utf8')), async (making) => {
    requireTools(['bash', 'nice', 'go'], `Building ${title} from its Go module`)
    process.stderr.write(`engines: building ${title} (${takes}, once)\n`)
    await run('nice', ['-n', '10', 'bash', script, making])
  })
  return join(directory, binary)
}
