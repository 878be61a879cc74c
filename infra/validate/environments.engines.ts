// Each service with the environment that compose, or the chart, gives it, on a real Kafka and a real InfluxDB: it is enough, it is valid, and
// it is ready by it. Only addresses, names of the test's own and what the image sets are filled in.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureCertificates } from '@pulsewire/broker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signIn } from '../../tests/support/api.ts'
import { startService, type ServiceName, type TestService } from '../../tests/support/services.ts'
import { temporaryDirectory } from '../../tests/support/station.ts'
import { setUpBucket, sharedEngines } from '../../tests/support/system.ts'
import { LEAST, rendered } from './chart.ts'
import { listAt, readYaml, textAt, treeAt } from './tree.ts'

type Environment = Record<string, string>

const NAMES = ['broker', 'detector', 'alarm-manager', 'recorder', 'api'] as const satisfies readonly ServiceName[]
const PASSWORD = 'only-for-this-test'
const temporary = temporaryDirectory()
const at = (name: string): string => join(temporary.path, name)

beforeAll(async () => {
  const { certificate, key } = await ensureCertificates(at('made'))
  for (const name of ['tls', 'pages']) mkdirSync(at(name))
  writeFileSync(join(at('tls'), 'tls.crt'), certificate)
  writeFileSync(join(at('tls'), 'tls.key'), key)
  writeFileSync(join(at('pages'), 'index.html'), '<title>the dashboard</title>')
})
afterAll(() => temporary.remove())

/** `${NAME:?why}` becomes a secret, `${NAME:-default}` the default. */
function fromCompose(name: ServiceName): Environment {
  const given = Object.entries(treeAt(readYaml('infra/compose.yaml'), 'services', name, 'environment'))
  const filled = (value: string): string =>
    value.replaceAll(/\$\{\w+:([-?])([^}]*)\}/g, (_, kind: string, rest: string) => (kind === '?' ? PASSWORD : rest))
  return Object.fromEntries(given.map(([variable, value]) => [variable, filled(String(value))]))
}

async function fromChart(name: ServiceName): Promise<Environment> {
  const kafka = { ...LEAST.kafka, replication: 1, tls: { enabled: false } }
  const manifests = await rendered({ ...LEAST, kafka, secrets: { influxToken: 't', adminPassword: PASSWORD } })
  const secret = manifests.find((manifest) => textAt(manifest, 'kind') === 'Secret')
  const workload = manifests.find(
    (manifest) =>
      textAt(manifest, 'kind') === 'Deployment' && textAt(manifest, 'metadata', 'name') === `ward-pulsewire-${name}`,
  )
  const list = listAt(workload, 'spec', 'template', 'spec', 'containers', 0, 'env')
  return Object.fromEntries(
    list.map((variable) => {
      const key = textAt(variable, 'valueFrom', 'secretKeyRef', 'key')
      const value =
        key === '' ? textAt(variable, 'value') : Buffer.from(textAt(secret, 'data', key), 'base64').toString()
      return [textAt(variable, 'name'), value.replace('/etc/pulsewire/tls', at('tls'))]
    }),
  )
}

describe.each([
  ['compose', (name: ServiceName) => Promise.resolve(fromCompose(name))],
  ['the chart', fromChart],
] as const)('by the environment of %s', (_, environmentOf) => {
  const { env: engines } = sharedEngines()
  const services: TestService[] = []
  beforeAll(() => setUpBucket(engines))
  afterAll(() => Promise.all(services.map((service) => service.stop())))

  it.each(NAMES)('%s starts and is ready', async (name) => {
    const given = await environmentOf(name)
    // The engines' addresses take the place of those that are given; nothing is added that is missing there.
    const here = Object.fromEntries(
      Object.entries(engines).filter(([variable]) => variable in given || variable === 'PULSEWIRE_KAFKA_TOPIC_PREFIX'),
    )
    const own = {
      PULSEWIRE_PARTITIONS: '2',
      PULSEWIRE_HOST: '127.0.0.1',
      PULSEWIRE_DATA_DIR: at(`data-${name}`),
      PULSEWIRE_OPERATION_PORT: '0',
      PULSEWIRE_HTTP_PORT: '0',
      PULSEWIRE_MQTT_PORT: '0',
      PULSEWIRE_MQTTS_PORT: '0',
      ...('PULSEWIRE_STATIC_DIR' in given ? { PULSEWIRE_STATIC_DIR: at('pages') } : {}),
    }
    const service = await startService(name, { env: { ...given, ...here, ...own } })
    services.push(service)
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${service.ready.operationPort}/readyz`)).status, {
        timeout: 30_000,
      })
      .toBe(200)
    expect(service.crashes).toBe(0)
  })

  it('the first user signs in with the password that is given, and the dashboard is served', async () => {
    const api = services.find(({ name }) => name === 'api')
    const url = `http://127.0.0.1:${api?.ready.httpPort}`
    expect((await signIn({ url }, 'admin', PASSWORD)).token).not.toBe('')
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('the dashboard')
  })
})
