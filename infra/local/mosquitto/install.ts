import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { findTool, requireTools, run } from '../command.ts'

const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin']
/** Within what is unpacked. */
const BINARY = 'usr/sbin/mosquitto'

export interface Mosquitto {
  readonly command: string
  /** Where its libraries are, besides the system's. */
  readonly libraryPath?: string
}

/** The machine's Mosquitto, else Debian's, unpacked into the cache (which needs no root). */
export async function installMosquitto(): Promise<Mosquitto> {
  const system = findTool('mosquitto', SYSTEM_DIRECTORIES)
  if (system !== undefined) return { command: system }
  const directory = await cached(cacheKey('mosquitto', distribution()), unpack)
  return { command: join(directory, BINARY), libraryPath: libraryPathOf(directory) }
}

async function unpack(directory: string): Promise<void> {
  requireTools(['apt-get', 'dpkg'], "Mosquitto (install it, or Debian's is unpacked)")
  process.stderr.write('engines: fetching Mosquitto (seconds, once)\n')
  // A dry run names the package and those of its libraries that the machine has not.
  const plan = await planInstall()
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => (name === undefined ? [] : [name]))
  const downloads = join(directory, 'downloads')
  mkdirSync(downloads)
  await run('apt-get', ['download', ...packages], { cwd: downloads })
  for (const file of readdirSync(downloads)) await run('dpkg', ['-x', join(downloads, file), directory])
  if (!existsSync(join(directory, BINARY))) throw new Error(`the packages ${packages.join(', ')} hold no ${BINARY}`)
}

/** A fresh machine knows no packages yet; root may ask for them. */
async function planInstall(): Promise<string> {
  const plan = (): Promise<string> => run('apt-get', ['install', '--simulate', '--no-install-recommends', 'mosquitto'])
  if (process.getuid?.() !== 0) return plan()
  return plan().catch(async () => {
    await run('apt-get', ['update', '--quiet'])
    return plan()
  })
}

/** Its libraries belong to one release of the distribution. */
function distribution(): string {
  const file = '/etc/os-release'
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function libraryPathOf(directory: string): string {
  const libraries = join(directory, 'usr/lib')
  const further = readdirSync(libraries, { withFileTypes: true })
  return [libraries, ...further.filter((entry) => entry.isDirectory()).map(({ name }) => join(libraries, name))].join(
    ':',
  )
}
