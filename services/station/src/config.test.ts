import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readStationConfig } from './config.ts'
import { configurationPage } from './generate/configuration-page.ts'

describe('configuration of a station', () => {
  it('has the defaults of the contract', () => {
    expect(readStationConfig({})).toMatchObject({
      PULSEWIRE_DATA_DIR: './data',
      PULSEWIRE_HTTP_PORT: 8080,
      PULSEWIRE_MQTT_PORT: 1883,
      PULSEWIRE_MQTTS_PORT: 8883,
      PULSEWIRE_HOST: '127.0.0.1',
      PULSEWIRE_DEMO: true,
      PULSEWIRE_RETENTION_HOURS: 24,
      PULSEWIRE_RETENTION_BYTES: 10 * 1024 ** 3,
    })
  })

  it('refuses a password that is too short, and says which variable it is', () => {
    expect(() => readStationConfig({ PULSEWIRE_ADMIN_PASSWORD: 'short' })).toThrow(/PULSEWIRE_ADMIN_PASSWORD/)
  })

  it('is documented as it is (npm run schemas)', () => {
    const page = new URL('../../../docs/reference/configuration.md', import.meta.url)
    expect(readFileSync(page, 'utf8')).toBe(configurationPage())
  })
})
