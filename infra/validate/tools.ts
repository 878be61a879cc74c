import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, cacheKey } from '../local/cache.ts'
import { requireTools, run } from '../local/command.ts'

/** Versions of what validates; a change makes the cache anew. */
const VERSIONS = {
  helm: 'v3.22.0',
  promtool: 'v0.316.0',
  compose: 'v2.16.2',
  kubernetes: 'v1.34.4',
  keda: 'v2.21.0',
  prometheusOperator: 'v0.85.0',
} as const

/** The Kubernetes that the chart is rendered for and checked against. */
export const KUBERNETES_VERSION = VERSIONS.kubernetes.slice(1)

/** Programs and schemas, all out of Go modules: files in the cache. */
export interface Tools {
  readonly helm: string
  readonly promtool: string
  readonly composeSchema: string
  readonly kubernetesApi: string
  readonly customResources: readonly string[]
}

/** Builds or fetches what is not in the cache yet: some three minutes, once. */
export async function installTools(): Promise<Tools> {
  const helm = await built('helm', `helm.sh/helm/v3/cmd/helm@${VERSIONS.helm}`)
  const promtool = await built('promtool', `github.com/prometheus/prometheus/cmd/promtool@${VERSIONS.promtool}`, [
    '-tags',
    'remove_all_sd,enable_dns_sd',
  ])
  const [compose] = await fetched('compose-schema', 'github.com/compose-spec/compose-go/v2', VERSIONS.compose, [
    'schema/compose-spec.json',
  ])
  const [kubernetes] = await fetched('kubernetes-api', 'k8s.io/kubernetes', VERSIONS.kubernetes, [
    'api/openapi-spec/swagger.json',
  ])
  const keda = await fetched('keda-resources', 'github.com/kedacore/keda/v2', VERSIONS.keda, [
    'config/crd/bases/keda.sh_scaledobjects.yaml',
    'config/crd/bases/keda.sh_triggerauthentications.yaml',
  ])
  const operatorFolder = 'example/prometheus-operator-crd'
  const operator = await fetched(
    'prometheus-operator-resources',
    'github.com/prometheus-operator/prometheus-operator',
    VERSIONS.prometheusOperator,
    ['podmonitors', 'prometheusrules'].map((name) => `${operatorFolder}/monitoring.coreos.com_${name}.yaml`),
  )
  return {
    helm,
    promtool,
    composeSchema: compose ?? '',
    kubernetesApi: kubernetes ?? '',
    customResources: [...keda, ...operator],
  }
}

async function built(name: string, target: string, flags: readonly string[] = []): Promise<string> {
  const directory = await cached(cacheKey(name, target, ...flags), async (making) => {
    requireTools(['go', 'nice'], `Building ${name} from its Go module`)
    process.stderr.write(`infra: building ${name} (one or two minutes, once)\n`)
    const build = ['install', '-trimpath', '-ldflags=-s -w', ...flags, target]
    await run('nice', ['-n', '10', 'go', ...build], { env: { ...process.env, GOBIN: making, CGO_ENABLED: '0' } })
  })
  return join(directory, name)
}

/** Files of a Go module, copied into the cache: the module itself may go. */
async function fetched(name: string, module: string, version: string, files: readonly string[]): Promise<string[]> {
  const named = files.map((file) => file.split('/').at(-1) ?? file)
  const directory = await cached(cacheKey(name, module, version, ...files), async (making) => {
    requireTools(['go'], `Fetching ${name}`)
    process.stderr.write(`infra: fetching ${name}\n`)
    const told: unknown = JSON.parse(
      await run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: making }),
    )
    const source = typeof told === 'object' && told !== null && 'Dir' in told ? String(told.Dir) : ''
    files.forEach((file, index) => copyFileSync(join(source, file), join(making, named[index] ?? file)))
  })
  return named.map((file) => join(directory, file))
}
