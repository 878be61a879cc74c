import { readFileSync } from 'node:fs'
import { engineConfig } from '@pulsewire/engines'
import { parseConfig } from '@pulsewire/runtime'
import { describe, expect, it } from 'vitest'
import { bridgeConfig, linkOptions } from './config.ts'

const link = (env: Record<string, string>) =>
  linkOptions(parseConfig(bridgeConfig, { PULSEWIRE_BRIDGE_URL: 'mqtt://broker', ...env }))

describe('the configuration of the bridge', () => {
  it('needs the address of the broker alone', () => {
    expect(link({})).toEqual({
      host: 'broker',
      port: 1883,
      protocol: 5,
      clientId: 'pulsewire-bridge',
      topics: ['bsn/v1/+/vitals', 'bsn/v1/+/waveform', 'bsn/v1/+/event', 'bsn/v1/+/status', 'bsn/v1/+/command/ack'],
      receiveMaximum: 1_000,
      sessionExpirySeconds: 604_800,
      keepaliveSeconds: 30,
    })
    expect(link({ PULSEWIRE_BRIDGE_URL: 'mqtts://[::1]' })).toMatchObject({ host: '::1', port: 8883, tls: {} })
    expect(link({ PULSEWIRE_BRIDGE_URL: 'mqtt://h:99' })).toMatchObject({ host: 'h', port: 99 })
  })

  it('shares the subscription only where asked', () => {
    expect(link({})).not.toHaveProperty('share')
    expect(link({ PULSEWIRE_BRIDGE_PROTOCOL: '4', PULSEWIRE_BRIDGE_SHARE: 'g' })).toMatchObject({
      protocol: 4,
      share: 'g',
    })
  })

  it.each([
    ['PULSEWIRE_BRIDGE_URL', 'http://broker'],
    ['PULSEWIRE_BRIDGE_URL', 'broker:1883'],
    ['PULSEWIRE_BRIDGE_URL', 'mqtt://user:secret@broker'],
    ['PULSEWIRE_BRIDGE_URL', 'mqtt://broker/path'],
    ['PULSEWIRE_BRIDGE_PROTOCOL', '3'],
    ['PULSEWIRE_BRIDGE_CLIENT_ID', 'a b'],
    ['PULSEWIRE_BRIDGE_SHARE', 'a/b'],
    ['PULSEWIRE_BRIDGE_TOPIC', 'bsn/v1/+/vitals,other/#'],
    ['PULSEWIRE_BRIDGE_RECEIVE_MAXIMUM', '0'],
    ['PULSEWIRE_BRIDGE_KEEPALIVE_SECONDS', 'often'],
    ['PULSEWIRE_BRIDGE_SESSION_HOURS', '-1'],
    ['PULSEWIRE_BRIDGE_PASSWORD', 'without a name'],
    ['PULSEWIRE_BRIDGE_CA_FILE', '/ca.pem'],
  ])('refuses a bad %s (%s), by its name', (name, value) => {
    expect(() => link({ [name]: value })).toThrow(name)
  })

  it('refuses files that are not there, and half of a certificate', () => {
    const tls = { PULSEWIRE_BRIDGE_URL: 'mqtts://broker' }
    expect(() => link({ ...tls, PULSEWIRE_BRIDGE_CA_FILE: '/nowhere' })).toThrow('PULSEWIRE_BRIDGE_CA_FILE: /nowhere')
    expect(() => link({ ...tls, PULSEWIRE_BRIDGE_CERT_FILE: '/nowhere' })).toThrow('_KEY_FILE')
  })

  it('is what docs/bridge.md says', () => {
    const page = readFileSync(new URL('../../../docs/bridge.md', import.meta.url), 'utf8')
    const rows = Object.entries(bridgeConfig)
      .filter(([name]) => !(name in engineConfig))
      .map(([name, schema]) => {
        const standard = schema.safeParse(undefined)
        const value = standard.success && standard.data !== undefined ? `\`${String(standard.data)}\`` : ''
        return `| \`${name}\` | ${value} | ${schema.description ?? ''} |`
      })
    expect(page.split('\n').filter((line) => line.startsWith('| `PULSEWIRE_BRIDGE_'))).toEqual(rows)
  })
})
