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

/** What it says when it runs, and when its MQTT input is connected; there is nobody else to ask. */
const BEGINS = 'Starting Telegraf'
const RUNS = 'Config: Interval'
const HEARS = 'Connected ['

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
      const sinceStart = said.slice(said.lastIndexOf(BEGINS))
      const wanted = options.config.includes('inputs.mqtt_consumer') ? HEARS : RUNS
      if (!sinceStart.includes(wanted)) throw new Error(`it has not said "${wanted}"`)
    },
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
  await engine.start()
  return engine
}
