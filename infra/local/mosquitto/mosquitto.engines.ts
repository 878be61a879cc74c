import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMosquitto, type LocalMosquitto } from './mosquitto.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-mosquitto-test-'))
let mosquitto: LocalMosquitto

beforeAll(async () => {
  const config = 'allow_anonymous true\npersistence true\nautosave_on_changes true\nautosave_interval 1'
  mosquitto = await startMosquitto({ directory, config, temporary: true })
})
afterAll(async () => {
  await mosquitto?.kill()
  rmSync(directory, { recursive: true, force: true })
})

describe('a local Mosquitto', () => {
  it('speaks MQTT 5 with shared subscriptions', async () => {
    const client = await connectAsync(mosquitto.url, { protocolVersion: 5 })
    const [granted] = await client.subscribeAsync('$share/group/some/topic', { qos: 1 })
    expect(granted?.qos).toBe(1)
    await client.endAsync()
  })

  it('keeps what it stores, as configured, over kill -9 and a start at the same address', async () => {
    const client = await connectAsync(mosquitto.url)
    await client.publishAsync('kept', 'value', { qos: 1, retain: true })
    await client.endAsync()
    await mosquitto.kill()
    await mosquitto.start()
    const reader = await connectAsync(mosquitto.url)
    const message = new Promise<string>((resolve) =>
      reader.once('message', (_topic, payload) => resolve(String(payload))),
    )
    await reader.subscribeAsync('kept')
    expect(await message).toBe('value')
    await reader.endAsync()
  })
})
