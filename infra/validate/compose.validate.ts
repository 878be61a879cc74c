import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installTools } from './tools.ts'
import {
  ROOT,
  at,
  isTree,
  listAt,
  readText,
  readYaml,
  textAt,
  textsOf,
  treeAt,
  unknownVariables,
  type Tree,
} from './tree.ts'

const FILE = 'infra/compose.yaml'
const text = readText(FILE)
const compose = readYaml(FILE)
const services = Object.entries(treeAt(compose, 'services')).filter((entry): entry is [string, Tree] =>
  isTree(entry[1]),
)
const ours = services.filter(([, service]) => textAt(service, 'image').startsWith('pulsewire:'))
const OURS = ['broker', 'bridge', 'detector', 'alarm-manager', 'recorder', 'api', 'notifier', 'prover', 'influx-setup']

/** `${NAME}`, `${NAME:-default}`, `${NAME:?why}` in the file, without the comments. */
const uses = [...text.replaceAll(/^\s*#.*$/gm, '').matchAll(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g)].map(
  ([, name = '', kind = '', rest = '']) => ({ name, kind, rest }),
)
const SECRET = /PASSWORD|TOKEN|CLUSTER_ID/

describe('compose.yaml', () => {
  it('is what the Compose Specification allows', async () => {
    const { composeSchema } = await installTools()
    const schema: unknown = JSON.parse(readFileSync(composeSchema, 'utf8'))
    if (!isTree(schema)) throw new Error('no schema')
    const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { duration: true } })
    const validate = ajv.compile(schema)
    expect([validate(compose), validate.errors]).toEqual([true, null])
    expect(validate({ services: { a: { imagee: 'x' } } })).toBe(false)
  })

  it('runs every service, each from a module that there is', () => {
    expect(ours.map(([name]) => name).toSorted()).toEqual(OURS.toSorted())
    for (const [name, service] of ours) {
      const module = textAt(service, 'command', 0)
      const source = join(ROOT, module.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))
      expect([name, module, existsSync(source)]).toEqual([name, module, true])
    }
  })

  it('has our containers run as nobody special, on a root file system that nobody writes', () => {
    for (const [name, service] of ours) {
      expect([name, at(service, 'user'), at(service, 'read_only'), at(service, 'cap_drop')]).toEqual([
        name,
        '1000:1000',
        true,
        ['ALL'],
      ])
      expect(at(service, 'security_opt')).toEqual(['no-new-privileges:true'])
      expect(at(service, 'environment', 'PULSEWIRE_DEMO')).toBe('0')
    }
  })

  it('watches, limits and restarts everything, and bounds what it writes about itself', () => {
    for (const [name, service] of services) {
      const setup = name === 'influx-setup'
      const healthcheck = at(service, 'healthcheck', setup ? 'disable' : 'test')
      expect([name, healthcheck === undefined]).toEqual([name, false])
      expect([name, textAt(service, 'deploy', 'resources', 'limits', 'memory')]).toEqual([
        name,
        expect.stringMatching(/^\d+[MG]$/),
      ])
      expect([name, textAt(service, 'restart')]).toEqual([name, setup ? 'on-failure:10' : 'unless-stopped'])
      expect([name, textAt(service, 'logging', 'options', 'max-size')]).toEqual([name, '10m'])
    }
  })

  it('pins every image to a version', () => {
    for (const [, service] of services) expect(textAt(service, 'image')).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+$/)
  })

  it('names only what there is: services to wait for, networks, volumes, files', () => {
    const known = (list: unknown): Set<string> => new Set(Object.keys(treeAt(list)))
    const [networks, volumes] = [known(at(compose, 'networks')), known(at(compose, 'volumes'))]
    for (const [name, service] of services) {
      for (const other of Object.keys(treeAt(service, 'depends_on'))) {
        expect(services.map(([known]) => known)).toContain(other)
      }
      for (const network of listAt(service, 'networks'))
        expect([name, networks.has(String(network))]).toEqual([name, true])
      for (const mount of listAt(service, 'volumes')) {
        const [source = ''] = String(mount).split(':')
        const exists = source.startsWith('.') ? existsSync(join(ROOT, 'infra', source)) : volumes.has(source)
        expect([name, source, exists]).toEqual([name, source, true])
      }
    }
  })

  it('sets only variables that the services read', () => {
    const names = ours.flatMap(([, service]) => Object.keys(treeAt(service, 'environment')))
    expect(names.length).toBeGreaterThan(50)
    expect(unknownVariables(names)).toEqual([])
    expect(unknownVariables(['PULSEWIRE_KAFKA_BROKER'])).toEqual(['PULSEWIRE_KAFKA_BROKER'])
  })

  it('shows plain-text ports to this machine alone, and the engines to nobody', () => {
    const published = services.flatMap(([name, service]) =>
      listAt(service, 'ports').map((port) => [name, String(port)]),
    )
    expect(published).toEqual([
      ['broker', '${PULSEWIRE_MQTTS_BIND:-0.0.0.0}:8883:8883'],
      ['broker', '${PULSEWIRE_MQTT_BIND:-127.0.0.1}:1883:1883'],
      ['api', '${PULSEWIRE_HTTP_BIND:-127.0.0.1}:8080:8080'],
      ['prometheus', '127.0.0.1:9090:9090'],
      ['grafana', '127.0.0.1:3000:3000'],
    ])
    expect(at(compose, 'networks', 'backend', 'internal')).toBe(true)
    for (const engine of ['kafka', 'influxdb']) expect(at(compose, 'services', engine, 'networks')).toEqual(['backend'])
  })
})

describe('its secrets', () => {
  let directory: string
  let made: Map<string, string>
  const script = join(ROOT, 'infra/compose/make-env.mjs')
  const make = (file: string): void => {
    execFileSync(process.execPath, [script, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  }
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pulsewire-env-'))
    make(join(directory, 'env'))
    const lines = readFileSync(join(directory, 'env'), 'utf8').split('\n')
    made = new Map(
      lines
        .filter((line) => /^[A-Z]/.test(line))
        .map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
    )
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('have no default, and the start is refused without them', () => {
    const secrets = uses.filter(({ name }) => SECRET.test(name))
    expect(secrets.length).toBeGreaterThan(5)
    for (const { name, kind, rest } of secrets) {
      // What signs the bridge in to a broker that is not ours comes from there: absent by default, never a value.
      const fine = kind === '?' || (name.startsWith('PULSEWIRE_BRIDGE_') && kind === '-' && rest === '')
      expect([name, fine]).toEqual([name, true])
    }
    for (const [way, value] of textsOf(treeAt(compose, 'services'))) {
      if (SECRET.test(way.split('.').at(-1) ?? '')) expect([way, value]).toEqual([way, expect.stringMatching(/^\$\{/)])
    }
  })

  it('are all made by make-env.mjs, long, each another, for the owner alone, and never made twice', () => {
    const needed = new Set(uses.filter(({ kind }) => kind === '?').map(({ name }) => name))
    expect([...made.keys()].toSorted()).toEqual([...needed].toSorted())
    for (const value of made.values()) expect(value.length).toBeGreaterThanOrEqual(16)
    expect(new Set(made.values()).size).toBe(made.size)
    expect(Buffer.from(made.get('PULSEWIRE_KAFKA_CLUSTER_ID') ?? '', 'base64url')).toHaveLength(16)
    expect(statSync(join(directory, 'env')).mode & 0o777).toBe(0o600)
    expect(() => make(join(directory, 'env'))).toThrow(/stays as it is/)
    make(join(directory, 'other'))
    expect(readFileSync(join(directory, 'other'), 'utf8')).not.toBe(readFileSync(join(directory, 'env'), 'utf8'))
  })
})
