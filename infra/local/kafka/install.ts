import { copyFileSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { requireTools, run } from '../command.ts'

const POM = join(import.meta.dirname, 'pom.xml')
const PURPOSE = 'Apache Kafka (Java 17 or later runs it, Maven fetches it)'

/** Kafka's classpath, fetched by Maven from the registry that the machine has configured: 43 MB, once. */
export async function installKafka(): Promise<string> {
  requireTools(['java'], PURPOSE)
  const directory = await cached(cacheKey('kafka', readFileSync(POM, 'utf8')), async (making) => {
    requireTools(['mvn'], PURPOSE)
    process.stderr.write('engines: fetching Apache Kafka (half a minute, once)\n')
    copyFileSync(POM, join(making, 'pom.xml'))
    const goal = 'dependency:copy-dependencies'
    await run('mvn', [
      '-B',
      '-q',
      '-f',
      join(making, 'pom.xml'),
      goal,
      '-DoutputDirectory=lib',
      '-DincludeScope=runtime',
    ])
  })
  const libraries = join(directory, 'lib')
  // Sorted: the archive of loaded classes is good for one order alone.
  const jars = readdirSync(libraries).filter((name) => name.endsWith('.jar'))
  if (jars.length === 0) throw new Error(`no libraries in ${libraries}: remove that directory and try again`)
  return jars
    .sort()
    .map((name) => join(libraries, name))
    .join(':')
}
