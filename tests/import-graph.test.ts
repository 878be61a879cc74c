import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

// ARCHITECTURE.md draws this. What a package may import of ours, besides itself:
const MAY_IMPORT: Record<string, readonly string[]> = {
  contracts: [],
  wfdb: [],
  codec: ['contracts'],
  ecg: ['contracts'],
  'early-warning': ['contracts'],
  alarms: ['contracts'],
  delivery: ['contracts'],
  detection: ['contracts', 'ecg', 'early-warning'],
  evaluation: ['alarms', 'contracts', 'detection', 'ecg', 'wfdb'],
  runtime: ['contracts'],
  'event-log': ['contracts'],
  'vitals-store': ['contracts'],
  engines: ['contracts', 'event-log', 'runtime', 'vitals-store'],
  registry: ['contracts', 'event-log'],
  ingest: ['contracts', 'codec', 'event-log', 'registry'],
}
const SIMULATORS_MAY_IMPORT = ['contracts', 'codec', 'wfdb', 'wearable']
/** Packages that must run in a browser or another engine: nothing of Node's. */
const PURE = ['contracts', 'ecg', 'early-warning', 'alarms', 'detection']
/** A vendor's library is imported in its adapter (or its one home) alone. */
const VENDOR_HOME: Record<string, RegExp> = {
  lmdb: /^packages\/event-log\/src\/embedded\//,
  kafkajs: /^packages\/event-log\/src\/kafka\//,
  '@influxdata/influxdb-client': /^packages\/vitals-store\/src\/influxdb\//,
  '@duckdb/node-api': /^packages\/vitals-store\/src\/embedded\//,
  '@duckdb/node-bindings': /^packages\/vitals-store\/src\/embedded\//,
  'cbor-x': /^packages\/codec\//,
  ajv: /^packages\/contracts\//,
  '@opentelemetry/api': /^packages\/runtime\//,
  '@opentelemetry/resources': /^packages\/runtime\//,
  '@opentelemetry/sdk-trace-node': /^packages\/runtime\//,
  '@opentelemetry/exporter-trace-otlp-http': /^packages\/runtime\//,
  pino: /^packages\/runtime\//,
  'prom-client': /^packages\/runtime\//,
  aedes: /^(services\/broker|simulators\/check-device)\//,
  mqtt: /^(services\/bridge\/src\/link|services\/prover\/src\/proof-device|simulators\/wearable)/,
  '@peculiar/x509': /^services\/broker\//,
  fastify: /^services\/api\//,
  'json-schema-to-typescript': /^services\/api\/src\/generate\//,
  jose: /^services\/api\//,
  '@node-rs/argon2': /^services\/api\//,
  preact: /^services\/dashboard\//,
  uplot: /^services\/dashboard\//,
  qr: /^(services\/dashboard|infra\/browser\/support)\//,
  nodemailer: /^services\/notifier\/src\/channels\/smtp\//,
  'web-push': /^services\/notifier\/src\/channels\/web-push\//,
  xmlbuilder2: /^packages\/delivery\/src\/message\//,
}

const ROOT = join(import.meta.dirname, '..')

interface Import {
  readonly file: string
  readonly owner: string
  readonly specifier: string
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((file) => /^[^/]+\/[^/]+\/src\//.test(file))
}

function importsOf(file: string): Import[] {
  const [group = '', name = ''] = file.split('/')
  const text = readFileSync(join(ROOT, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
  return specifiers.map((specifier) => ({ file, owner: `${group}/${name}`, specifier }))
}

const all = ['packages', 'services', 'simulators'].flatMap(sourceFiles).flatMap(importsOf)
const shipped = all.filter(({ file }) => !/\.test\.tsx?$/.test(file))
const ours = (specifier: string): string | undefined => /^@pulsewire\/([^/]+)/.exec(specifier)?.[1]
const show = ({ file, specifier }: Import): string => `${file} imports ${specifier}`

describe('import graph', () => {
  it('is looked at: there are imports to judge', () => {
    expect(shipped.length).toBeGreaterThan(100)
  })

  it('lets packages import downwards only', () => {
    const wrong = shipped.filter(({ owner, specifier }) => {
      const target = ours(specifier)
      const [group, name = ''] = owner.split('/')
      return group === 'packages' && target !== undefined && target !== name && !MAY_IMPORT[name]?.includes(target)
    })
    expect(wrong.map(show)).toEqual([])
  })

  it('knows every package', () => {
    const names = new Set(
      shipped.filter(({ owner }) => owner.startsWith('packages/')).map(({ owner }) => owner.split('/')[1]),
    )
    expect([...names].filter((name) => name !== undefined && MAY_IMPORT[name] === undefined)).toEqual([])
  })

  it('lets simulators import contracts, codec, wfdb and the wearable they share, as any maker of devices could', () => {
    const wrong = shipped.filter(({ owner, specifier }) => {
      const target = ours(specifier)
      const [group, name] = owner.split('/')
      return (
        group === 'simulators' && target !== undefined && target !== name && !SIMULATORS_MAY_IMPORT.includes(target)
      )
    })
    expect(wrong.map(show)).toEqual([])
  })

  it('lets no service import another, but the station, which starts them', () => {
    const services = new Set(
      shipped.filter(({ owner }) => owner.startsWith('services/')).map(({ owner }) => owner.slice(9)),
    )
    const wrong = shipped.filter(({ owner, specifier }) => {
      const target = ours(specifier)
      if (target === undefined || owner === 'services/station' || !owner.startsWith('services/')) return false
      return services.has(target) && `services/${target}` !== owner
    })
    expect(wrong.map(show)).toEqual([])
  })

  it('keeps Node out of the pure packages', () => {
    const wrong = shipped.filter(
      ({ owner, specifier, file }) =>
        specifier.startsWith('node:') &&
        PURE.some((name) => owner === `packages/${name}`) &&
        !file.includes('/generate/'),
    )
    expect(wrong.map(show)).toEqual([])
  })

  it('keeps each vendor’s library in its one home', () => {
    const wrong = shipped.filter(({ file, specifier }) => {
      const vendor = Object.keys(VENDOR_HOME).find((name) => specifier === name || specifier.startsWith(`${name}/`))
      return vendor !== undefined && !VENDOR_HOME[vendor]?.test(file)
    })
    expect(wrong.map(show)).toEqual([])
  })

  it('lets nobody reach into another package past its door', () => {
    const wrong = shipped.filter(({ file, owner, specifier }) => {
      const climbs = specifier.startsWith('.') && !join(dirname(file), specifier).startsWith(`${owner}/`)
      return climbs || (specifier.startsWith('@pulsewire/') && specifier.includes('/dist/') && owner !== '')
    })
    expect(wrong.map(show)).toEqual([])
  })
})
