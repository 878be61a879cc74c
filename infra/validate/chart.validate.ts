import { beforeAll, describe, expect, it } from 'vitest'
import { LEAST, helm, rendered } from './chart.ts'
import { createManifestCheck, type Check } from './kubernetes-schemas.ts'
import { installTools } from './tools.ts'
import { at, listAt, readText, textAt, textsOf, treeAt, unknownVariables, yamlDocuments, type Tree } from './tree.ts'

const autoscaling = { autoscaling: { enabled: true } }
/** Everything on. */
const MOST = {
  secrets: { existingSecret: 'pulsewire-secrets' },
  image: { repository: 'registry.example/pulsewire', digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'pull' }],
  kafka: {
    brokers: ['kafka-0.example:9093', 'kafka-1.example:9093'],
    topicPrefix: 'ward-7.',
    tls: { enabled: true, secretName: 'kafka-tls', clientCertificate: true },
    sasl: { mechanism: 'scram-sha-512' },
  },
  influxdb: {
    url: 'https://influxdb.example',
    caSecretName: 'influxdb-ca',
    setup: { enabled: true },
    retentionDays: 3650,
  },
  tracing: { endpoint: 'http://collector.example:4318' },
  podAnnotations: { 'example.org/team': 'monitoring' },
  podLabels: { team: 'monitoring' },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'medical', operator: 'Exists' }],
  priorityClassName: 'system-cluster-critical',
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  broker: {
    tls: { secretName: 'mqtt-tls' },
    service: {
      annotations: { 'example.org/lb': 'internal' },
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      plain: { enabled: true },
    },
  },
  bridge: {
    enabled: true,
    replicas: 2,
    share: 'pulsewire',
    url: 'mqtts://foreign.example:8883',
    caSecretName: 'bridge-ca',
  },
  detector: autoscaling,
  'alarm-manager': autoscaling,
  recorder: autoscaling,
  notifier: { publicUrl: 'https://ward.example', smtp: true, replicas: 3 },
  api: {
    ingress: {
      enabled: true,
      className: 'nginx',
      host: 'ward.example',
      tlsSecretName: 'ward-tls',
      annotations: { 'example.org/timeout': '3600' },
    },
  },
  networkPolicy: { apiFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }] },
  monitoring: { podMonitor: { enabled: true, labels: { release: 'prometheus' } }, rules: { enabled: true } },
}
const SASL_BY_VALUES = {
  ...LEAST,
  secrets: {
    influxToken: 't',
    kafkaUsername: 'u',
    kafkaPassword: 'p',
    bridgeUsername: 'b',
    bridgePassword: 'c',
    smtpUrl: 'smtp://mail.example:587',
  },
  kafka: { brokers: ['kafka.example:9092'], tls: { enabled: false }, sasl: { mechanism: 'plain' } },
  bridge: { enabled: true, url: 'mqtt://foreign.example:1883' },
  recorder: autoscaling,
  notifier: { publicUrl: 'https://ward.example', smtp: true, replicas: 3 },
}

let check: Check
beforeAll(async () => {
  const tools = await installTools()
  check = createManifestCheck({ api: tools.kubernetesApi, customResources: tools.customResources })
})

const ofKind = (manifests: readonly Tree[], ...kinds: readonly string[]): Tree[] =>
  manifests.filter((manifest) => kinds.includes(textAt(manifest, 'kind')))
const nameOf = (manifest: unknown): string => textAt(manifest, 'metadata', 'name')
const labelsOf = (deployment: Tree): Tree => treeAt(deployment, 'spec', 'template', 'metadata', 'labels')
const podOf = (deployment: Tree): Tree => treeAt(deployment, 'spec', 'template', 'spec')
const fits = (selector: Tree, labels: Tree): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value)

const CASES = [
  ['the least', LEAST],
  ['everything on', MOST],
  ['SASL by values, without TLS', SASL_BY_VALUES],
] as const

describe.each(CASES)('the chart with %s', (_, values) => {
  let manifests: Tree[]
  let deployments: Tree[]
  beforeAll(async () => {
    manifests = await rendered(values)
    deployments = ofKind(manifests, 'Deployment', 'StatefulSet')
  })

  it('passes helm lint, strictly', async () => {
    expect(await helm(['lint', '--strict'], values)).toContain('0 chart(s) failed')
  })

  it('renders manifests that the Kubernetes API and the custom resources take, field by field', () => {
    expect(manifests.length).toBeGreaterThan(15)
    expect(manifests.flatMap((manifest) => check(manifest).map((error) => `${nameOf(manifest)}: ${error}`))).toEqual([])
  })

  it('has each object once', () => {
    const names = manifests.map((manifest) => `${textAt(manifest, 'kind')} ${nameOf(manifest)}`)
    expect(names).toEqual([...new Set(names)])
  })

  it('runs every container as nobody special, on a root file system that nobody writes, with limits', () => {
    for (const pod of deployments.map(podOf)) {
      expect(at(pod, 'securityContext')).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect([at(pod, 'automountServiceAccountToken'), at(pod, 'enableServiceLinks')]).toEqual([false, false])
      for (const container of [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')]) {
        expect(at(container, 'securityContext')).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(textAt(container, 'resources', 'limits', 'memory')).not.toBe('')
        expect(textAt(container, 'resources', 'requests', 'cpu')).not.toBe('')
      }
    }
  })

  it('probes each service on ports that it has, alive and ready told apart, and lets it stop in peace', () => {
    for (const pod of deployments.map(podOf)) {
      const container = at(pod, 'containers', 0)
      const ports = listAt(container, 'ports').map((port) => textAt(port, 'name'))
      for (const [probe, path] of [
        ['livenessProbe', '/healthz'],
        ['startupProbe', '/healthz'],
        ['readinessProbe', '/readyz'],
      ] as const) {
        expect(at(container, probe, 'httpGet', 'path')).toBe(path)
        expect(ports).toContain(textAt(container, probe, 'httpGet', 'port'))
      }
      expect(Number(at(pod, 'terminationGracePeriodSeconds'))).toBeGreaterThanOrEqual(10)
    }
  })

  it('mounts what it names, and names what it mounts', () => {
    for (const pod of deployments.map(podOf)) {
      const volumes = listAt(pod, 'volumes').map((volume) => textAt(volume, 'name'))
      const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')]
      const mounts = containers.flatMap((container) =>
        listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name')),
      )
      expect([...new Set(mounts)].toSorted()).toEqual(volumes.toSorted())
      const paths = listAt(pod, 'containers', 0, 'volumeMounts').map((mount) => textAt(mount, 'mountPath'))
      for (const { value } of environment(pod)) {
        if (value.startsWith('/etc/pulsewire/')) expect(paths).toContain(value.slice(0, value.lastIndexOf('/')))
      }
    }
  })

  it('sets each variable once, and only those that the services read', () => {
    for (const pod of deployments.map(podOf)) {
      const names = listAt(pod, 'containers', 0, 'env').map((variable) => textAt(variable, 'name'))
      expect(names).toEqual([...new Set(names)])
    }
    expect(
      unknownVariables(deployments.flatMap((deployment) => environment(podOf(deployment)).map(({ name }) => name))),
    ).toEqual([])
  })

  it('asks the Secret only for keys that it makes, where it makes one', () => {
    const keys = deployments.flatMap((deployment) => environment(podOf(deployment)).flatMap(({ secret }) => secret))
    expect(keys).toContain('influx-token')
    for (const secret of ofKind(manifests, 'Secret'))
      expect(Object.keys(treeAt(secret, 'data'))).toEqual(expect.arrayContaining(keys))
  })

  it('points services, budgets, policies and scalers at pods that there are', () => {
    const components = deployments.map((deployment) => textAt(labelsOf(deployment), 'app.kubernetes.io/component'))
    expect(components).toEqual(
      expect.arrayContaining(['broker', 'detector', 'alarm-manager', 'recorder', 'api', 'notifier', 'prover']),
    )
    const selectors = [
      ...ofKind(manifests, 'Service').map((service) => treeAt(service, 'spec', 'selector')),
      ...ofKind(manifests, 'PodDisruptionBudget').map((budget) => treeAt(budget, 'spec', 'selector', 'matchLabels')),
      ...ofKind(manifests, 'NetworkPolicy').map((policy) => treeAt(policy, 'spec', 'podSelector', 'matchLabels')),
    ]
    expect(selectors).toHaveLength(3 + 2 * components.length)
    for (const selector of selectors)
      expect(deployments.filter((deployment) => fits(selector, labelsOf(deployment)))).toHaveLength(1)
    for (const scaler of ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject')) {
      expect(deployments.map(nameOf)).toContain(textAt(scaler, 'spec', 'scaleTargetRef', 'name'))
    }
    for (const service of ofKind(manifests, 'Service')) {
      const [deployment] = deployments.filter((each) => fits(treeAt(service, 'spec', 'selector'), labelsOf(each)))
      const ports = listAt(deployment, 'spec', 'template', 'spec', 'containers', 0, 'ports').map((port) =>
        textAt(port, 'name'),
      )
      for (const port of listAt(service, 'spec', 'ports')) expect(ports).toContain(textAt(port, 'targetPort'))
    }
  })
})

function environment(pod: unknown): { name: string; value: string; secret: string[] }[] {
  const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')]
  return containers.flatMap((container) =>
    listAt(container, 'env').map((variable) => {
      const key = textAt(variable, 'valueFrom', 'secretKeyRef', 'key')
      return { name: textAt(variable, 'name'), value: textAt(variable, 'value'), secret: key === '' ? [] : [key] }
    }),
  )
}

describe('the check of manifests', () => {
  it('refuses a misspelt field, a wrong type and a kind that there is not', async () => {
    const [deployment] = ofKind(await rendered(LEAST), 'Deployment')
    if (deployment === undefined) throw new Error('no deployment')
    expect(check(deployment)).toEqual([])
    const spec = treeAt(deployment, 'spec')
    expect(check({ ...deployment, spec: { ...spec, replica: 1 } })).not.toEqual([])
    expect(check({ ...deployment, spec: { ...spec, replicas: 'two' } })).not.toEqual([])
    expect(check({ ...deployment, apiVersion: 'apps/v9' })).not.toEqual([])
    const [scaler] = ofKind(await rendered(MOST), 'ScaledObject')
    if (scaler === undefined) throw new Error('no scaler')
    expect(check({ ...scaler, spec: { ...treeAt(scaler, 'spec'), minReplicas: 1 } })).not.toEqual([])
  })
})

describe('scaling by lag', () => {
  it('watches the groups and topics that the services use, under the prefix, and never beyond the partitions', async () => {
    const scalers = ofKind(await rendered({ ...MOST, kafka: { ...MOST.kafka, partitions: 9 } }), 'ScaledObject')
    const groups = [
      'services/detector/src/group.ts',
      'services/recorder/src/recorder.ts',
      'services/alarm-manager/src/service.ts',
    ]
      .map((path) => readText(path))
      .join('\n')
    expect(scalers).toHaveLength(3)
    for (const scaler of scalers) {
      const metadata = treeAt(scaler, 'spec', 'triggers', 0, 'metadata')
      const group = textAt(metadata, 'consumerGroup')
      const topic = textAt(metadata, 'topic')
      expect([group, topic].every((name) => name.startsWith('ward-7.'))).toBe(true)
      expect(groups).toMatch(new RegExp(`(?:_GROUP|group)(?: =| \\?\\?) '${group.slice('ward-7.'.length)}'`))
      expect(readText('services/detector/src/detector.ts') + groups).toContain(`'${topic.slice('ward-7.'.length)}'`)
      expect(Number(at(scaler, 'spec', 'maxReplicaCount'))).toBeLessThanOrEqual(9)
    }
  })
})

describe('what the chart refuses, by name', () => {
  const without = (path: 'secrets' | 'kafka' | 'influxdb' | 'broker'): object =>
    Object.fromEntries(Object.entries(LEAST).filter(([name]) => name !== path))
  it.each([
    ['no Kafka', without('kafka'), /kafka\.brokers/],
    ['no InfluxDB', without('influxdb'), /influxdb\.url/],
    ['no token', without('secrets'), /existingSecret/],
    ['brokers without a certificate', without('broker'), /broker\.tls\.secretName/],
    ['a dashboard without TLS', { ...LEAST, api: { ingress: { enabled: true, host: 'a.example' } } }, /tlsSecretName/],
    ['more detectors than partitions', { ...LEAST, detector: { replicas: 25 } }, /kafka\.partitions/],
    ['mail without a server', { ...LEAST, notifier: { smtp: true } }, /smtpUrl/],
    ['a bridge to nowhere', { ...LEAST, bridge: { enabled: true } }, /bridge\.url/],
    ['a misspelt value', { ...LEAST, kafka: { ...LEAST.kafka, broker: 'a:1' } }, /'broker' not allowed/],
    ['a value of the wrong kind', { ...LEAST, retentionHours: 'a week' }, /retentionHours/],
    ['a short password', { ...LEAST, secrets: { influxToken: 't', adminPassword: 'short' } }, /adminPassword/],
  ])('%s', async (_, values, says) => {
    await expect(rendered(values)).rejects.toThrow(says)
  })
})

describe('the secrets of the chart', () => {
  it('are in no file of it', () => {
    const values = readText('infra/helm/pulsewire/values.yaml')
    for (const [way, text] of textsOf(treeAt(yamlDocuments(values)[0], 'secrets')))
      expect([way, text]).toEqual([way, ''])
  })

  it('have a password for the first user made, another at each first install', async () => {
    const passwords = await Promise.all(
      [0, 1].map(async () => textAt(ofKind(await rendered(LEAST), 'Secret')[0], 'data', 'admin-password')),
    )
    for (const password of passwords) expect(Buffer.from(password, 'base64')).toHaveLength(20)
    expect(passwords[0]).not.toBe(passwords[1])
  })
})
