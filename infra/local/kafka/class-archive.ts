import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cached, cacheKey } from '../cache.ts'
import { run } from '../command.ts'
import { freePort } from '../ports.ts'
import { kafkaProcess } from './process.ts'

/** The archive of the classes that a broker loads, which halves its start. Made once by a run that notes them as it stops. */
export async function classArchive(classpath: string): Promise<string> {
  const java = await run('java', ['-XshowSettings:properties', '-version'])
  const directory = await cached(cacheKey('kafka-classes', classpath, java), async (making) => {
    const archive = join(making, 'classes.jsa')
    const scratch = mkdtempSync(join(tmpdir(), 'pulsewire-kafka-classes-'))
    try {
      const broker = await kafkaProcess({
        directory: scratch,
        classpath,
        ports: { client: await freePort(), controller: await freePort(), internal: await freePort() },
        jvm: [`-XX:ArchiveClassesAtExit=${archive}`],
        temporary: true,
      })
      await broker.start()
      await broker.stop()
      if (!existsSync(archive)) throw new Error('Java has written no archive of classes')
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })
  return join(directory, 'classes.jsa')
}
