import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { expect, it, vi } from 'vitest'
import { startMosquitto } from '../mosquitto/mosquitto.ts'
import { startTelegraf } from './telegraf.ts'

it('takes what Mosquitto has, and goes on after a kill where its session stands', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-telegraf-'))
  const mosquitto = await startMosquitto({ directory: join(directory, 'mosquitto'), temporary: true })
  const out = join(directory, 'out.txt')
  const telegraf = await startTelegraf({
    directory: join(directory, 'telegraf'),
    temporary: true,
    config: `[agent]
      interval = "1s"
      flush_interval = "1s"
      omit_hostname = true
    [[inputs.mqtt_consumer]]
      servers = ["tcp://127.0.0.1:${mosquitto.port}"]
      topics = ["test/+"]
      qos = 1
      persistent_session = true
      client_id = "telegraf"
      data_format = "influx"
    [[outputs.file]]
      files = ["${out}"]
      data_format = "influx"
    `,
  })
  const client = await mqtt.connectAsync(mosquitto.url)
  const written = (): string[] =>
    [...readFileSync(out, 'utf8').matchAll(/ value=(\d+)/g)].map(([, value = '']) => value)
  try {
    await client.publishAsync('test/a', 'm value=1 1760000000000000000', { qos: 1 })
    await vi.waitFor(() => expect(written()).toContain('1'), { timeout: 15_000, interval: 200 })
    await telegraf.kill()
    await client.publishAsync('test/a', 'm value=2 1760000001000000000', { qos: 1 })
    await telegraf.start()
    await vi.waitFor(() => expect(written()).toContain('2'), { timeout: 15_000, interval: 200 })
  } finally {
    await client.endAsync()
    await telegraf.kill()
    await mosquitto.kill()
    rmSync(directory, { recursive: true, force: true })
  }
})
