import { engineConfig } from '@pulsewire/engines'
import { errorCodeOf, PulsewireError } from '@pulsewire/contracts'
import { integer, parseConfig } from '@pulsewire/runtime'
import { setUpInfluxBucket } from '@pulsewire/vitals-store'

/**
 * `node services/recorder/dist/setup-influx.js`: makes the bucket of `PULSEWIRE_INFLUX_BUCKET` where it is missing and gives it its
 * retention. Its token must be allowed to make buckets; the one of the services need only read and write this one.
 */
const config = {
  PULSEWIRE_INFLUX_URL: engineConfig.PULSEWIRE_INFLUX_URL,
  PULSEWIRE_INFLUX_TOKEN: engineConfig.PULSEWIRE_INFLUX_TOKEN,
  PULSEWIRE_INFLUX_ORG: engineConfig.PULSEWIRE_INFLUX_ORG,
  PULSEWIRE_INFLUX_BUCKET: engineConfig.PULSEWIRE_INFLUX_BUCKET,
  PULSEWIRE_INFLUX_RETENTION_DAYS: integer(0, 36_500)
    .default(0)
    .describe('InfluxDB 2: days that series are kept, set by the command setup-influx; 0 = for ever'),
}

try {
  const {
    PULSEWIRE_INFLUX_URL: url,
    PULSEWIRE_INFLUX_TOKEN: token,
    PULSEWIRE_INFLUX_ORG: org,
    PULSEWIRE_INFLUX_BUCKET: bucket,
    PULSEWIRE_INFLUX_RETENTION_DAYS: days,
  } = parseConfig(config, process.env)
  if (token === undefined) throw new PulsewireError('PW_CONFIG_INVALID', 'PULSEWIRE_INFLUX_TOKEN is missing')
  const { was, retentionDays } = await setUpInfluxBucket({ url, token, org, bucket }, days)
  const kept = retentionDays === 0 ? 'for ever' : `${retentionDays} days`
  process.stdout.write(`bucket ${bucket} of ${org}: ${was}; series are kept ${kept}\n`)
} catch (error) {
  process.stderr.write(`${errorCodeOf(error)}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
