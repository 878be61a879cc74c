import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createEngine, type Engine } from '../engine-process.ts'
import { installTelegraf } from './install.ts'

export interface TelegrafOptions {
  readonly directory: string
  /** Its settings (TOML), inputs and outputs. */
  readonly config: string
  readonly temporary?: boolean
}

/** It says so when its inputs and outputs are connected; there is nobody else to ask. */
const LOADED = /Loaded outputs:/
const SERVES = /Connected \[|Config: Interval/

export async function startTelegraf(options: TelegrafOptions): Promise<Engine> {
  const command = await installTelegraf()
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true })
  const configFile = join(directory, 'telegraf.conf')
  writeFileSync(configFile, options.config, { mode: 0o600 })
  const engine = createEngine({
    name: 'telegraf',
    directory,
    command,
    args: ['--config', configFile],
    ready: async () => {
      const said = readFileSync(join(directory, 'telegraf.log'), 'utf8')
      if (!LOADED.test(said) || !SERVES.test(said)) throw new Error('it has not said that it runs')
    },
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
  await engine.start()
  return engine
}
