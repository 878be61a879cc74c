import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../../tests/support/api.ts'
import { startStation, temporaryDirectory, type TestStation } from '../../tests/support/station.ts'

// A device that is not of our making: the Python example of the docs, with Eclipse paho, in a virtual environment outside the checkout.
const ROOT = join(import.meta.dirname, '../..')
const CACHE = process.env['PULSEWIRE_CACHE'] ?? join(homedir(), '.cache/pulsewire')
const PAHO = 'paho-mqtt==2.1.0'

const directory = temporaryDirectory()
let station: TestStation
let api: ApiClient
let patient: string
let example: ChildProcess | undefined
let said = ''

function pythonWithPaho(): string {
  const environment = join(CACHE, PAHO.replace('==', '-'))
  const python = join(environment, 'bin/python')
  if (!existsSync(join(environment, 'ready'))) {
    mkdirSync(CACHE, { recursive: true })
    execFileSync('python3', ['-m', 'venv', '--clear', environment], { stdio: 'inherit' })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PAHO], { stdio: 'inherit' })
    execFileSync('touch', [join(environment, 'ready')])
  }
  return python
}

beforeAll(async () => {
  const python = pythonWithPaho()
  station = await startStation({ dataDirectory: directory.path })
  api = await signIn(station)
  const admitted = await admit(api, { patient: 'Pia Python', device: 'paho-1' })
  patient = admitted.patient
  const { username, password } = admitted.credential
  const script = join(ROOT, 'docs/devices/examples/paho_device.py')
  const where = ['--host', '127.0.0.1', '--port', String(station.mqttPort)]
  example = spawn(python, ['-u', script, ...where, '--device', username, '--password', password], {
    cwd: directory.path,
  })
  const hear = (text: Buffer): void => {
    said += text.toString('utf8')
  }
  example.stdout?.on('data', hear)
  example.stderr?.on('data', hear)
})
afterAll(async () => {
  example?.kill('SIGINT')
  await station?.stop()
  directory.remove()
})

describe('the example in Python, with paho', () => {
  it('has its vitals and waveforms in the API', async () => {
    await vi.waitFor(
      async () => {
        const range = `from=${Date.now() - 120_000}&to=${Date.now() + 1_000}`
        const vitals = await api.call<{ series: Record<string, { points: unknown[] }> }>(
          'GET',
          `/patients/${patient}/vitals?codes=heartRate,spo2&${range}`,
        )
        expect(vitals.series['heartRate']?.points.length, said).toBeGreaterThan(2)
        const waves = await api.call<{ signals: { name: string; segments: { samples: unknown[] }[] }[] }>(
          'GET',
          `/patients/${patient}/waveforms?signals=ecg.single,ecg.II&${range}`,
        )
        const samples = waves.signals.flatMap(({ segments }) => segments.flatMap((segment) => segment.samples))
        expect(samples.length, said).toBeGreaterThan(500)
      },
      { timeout: 40_000, interval: 500 },
    )
  })

  it('sent nothing that was quarantined, and lost nothing', async () => {
    const { quarantine } = await api.call<{ quarantine: unknown[] }>('GET', '/quarantine')
    expect(quarantine).toEqual([])
    const { gaps } = await api.call<{ gaps: unknown[] }>('GET', '/devices/paho-1/gaps')
    expect(gaps).toEqual([])
  })
})
