import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { PulsewireError } from '@pulsewire/contracts'

const ENGINES = '--engines'

/**
 * Takes in what `npm start --` was given. `--engines`: the settings that `npm run engines:up` wrote to `enginesFile` are added to this process's
 * environment, where they are not set already. Throws PW_CONFIG_INVALID for what it does not know, and where the engines are not up.
 */
export function applyArguments(given: readonly string[], enginesFile: string): void {
  const unknown = given.find((argument) => argument !== ENGINES)
  if (unknown !== undefined) {
    throw new PulsewireError('PW_CONFIG_INVALID', `there is no option ${unknown}; there is ${ENGINES}`)
  }
  if (!given.includes(ENGINES)) return
  if (!existsSync(enginesFile)) {
    throw new PulsewireError(
      'PW_CONFIG_INVALID',
      `${ENGINES} needs Kafka and InfluxDB: start them with npm run engines:up (it writes ${enginesFile}, which is not there)`,
    )
  }
  loadEnvFile(enginesFile)
}
