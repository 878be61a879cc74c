import { createLogger, runService } from '@pulsewire/runtime'
import { applyArguments } from './arguments.ts'
import { readStationConfig, type StationConfig } from './config.ts'
import { ENGINES_FILE } from './places.ts'
import { startStation, type Station } from './station.ts'

// A newcomer's first screen is no place for the services' small talk: warnings and worse, unless asked for more.
process.env['PULSEWIRE_LOG_LEVEL'] ??= 'warn'

/** Where the data is. */
function placesOf(config: StationConfig): string {
  const places = new Set([
    config.PULSEWIRE_LOG === 'kafka'
      ? `Kafka (${config.PULSEWIRE_KAFKA_BROKERS.join(', ')})`
      : config.PULSEWIRE_DATA_DIR,
    config.PULSEWIRE_STORE === 'influxdb' ? `InfluxDB (${config.PULSEWIRE_INFLUX_URL})` : config.PULSEWIRE_DATA_DIR,
  ])
  return [...places].join(', ')
}

function welcome(station: Station, config: StationConfig): string {
  const url = `http://${config.PULSEWIRE_HOST === '0.0.0.0' ? '127.0.0.1' : config.PULSEWIRE_HOST}:${station.httpPort}`
  const password = station.generatedAdminPassword ?? config.PULSEWIRE_ADMIN_PASSWORD
  const signIn =
    station.generatedAdminPassword === undefined
      ? config.PULSEWIRE_ADMIN_PASSWORD === undefined
        ? '    Sign in as     admin, with the password of the first start'
        : '    Sign in as     admin, with PULSEWIRE_ADMIN_PASSWORD'
      : `    Sign in as     admin / ${password}   (shown this once: keep it)`
  return [
    '',
    '  Pulsewire is running.',
    '',
    `    Dashboard      ${url}`,
    signIn,
    `    Devices        mqtt://${config.PULSEWIRE_HOST}:${station.mqttPort}   mqtts://${config.PULSEWIRE_HOST}:${station.mqttsPort} (CA: ${station.caFile})`,
    `    API            ${url}/api/v1/openapi.json`,
    `    Data           ${placesOf(config)}`,
    ...(config.PULSEWIRE_DEMO
      ? ['', '  The demo ward is on: in bed 4 a heart attack begins 30 seconds from now.']
      : []),
    '',
    '  Ctrl-C stops it; the next start goes on with the data.',
    '',
  ].join('\n')
}

runService({
  name: 'station',
  stopWithinMs: 4_800,
  start: async ({ env }) => {
    applyArguments(process.argv.slice(2), ENGINES_FILE)
    const config = readStationConfig(env)
    const station = await startStation(config, env, createLogger('station'))
    process.stderr.write(`${welcome(station, config)}\n`)
    const { httpPort, mqttPort, mqttsPort } = station
    return {
      ready: { httpPort, mqttPort, mqttsPort },
      stop: () => station.stop(),
      health: () => ({ ok: true, detail: Object.keys(station.pids()).join(', ') }),
      operation: station.operation,
    }
  },
})
