// The Dockerfile's steps, replayed without Docker: the same files, the same commands, then each service from the result, on a tree that
// nobody writes and, where this is root, as the image's own user.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../local/ports.ts'
import { run } from '../local/command.ts'
import { buildCommands, contextFiles } from './dockerfile.ts'
import { ROOT } from './tree.ts'

const STARTS_WITHIN_MS = 60_000
const USER = 1000
const asRoot = process.getuid?.() === 0

const base = mkdtempSync(join(tmpdir(), 'pulsewire-image-'))
const app = join(base, 'app')
const children: ChildProcess[] = []

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

beforeAll(async () => {
  for (const file of contextFiles()) {
    if (!existsSync(join(ROOT, file))) continue
    mkdirSync(dirname(join(app, file)), { recursive: true })
    cpSync(join(ROOT, file), join(app, file))
  }
  for (const command of buildCommands()) await run('bash', ['-c', command], { cwd: app })
  chmodSync(base, 0o755)
  execFileSync('chmod', ['-R', 'a-w,a+rX', app])
}, 300_000)

afterAll(async () => {
  await Promise.all(children.map(stop))
  execFileSync('chmod', ['-R', 'u+w', app])
  rmSync(base, { recursive: true, force: true })
})

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(kill)
  return child.exitCode
}

/** Starts a module as the container does, with a data directory and nothing else to write to. */
function start(module: string, env: Record<string, string>, data: string): { child: ChildProcess; said: () => string } {
  if (!existsSync(data)) {
    mkdirSync(data)
    if (asRoot) chownSync(data, USER, USER)
  }
  let said = ''
  const child = spawn(process.execPath, [module], {
    cwd: app,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PULSEWIRE_DEMO: '0',
      PULSEWIRE_DATA_DIR: data,
      TMPDIR: data,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(asRoot ? { uid: USER, gid: USER } : {}),
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  children.push(child)
  return { child, said: () => said }
}

/** Asks the image's own health check until it says yes. */
async function healthy(child: ChildProcess, env: Record<string, string>, said: () => string): Promise<void> {
  const until = performance.now() + STARTS_WITHIN_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${said().slice(-2_000)}`)
    const answer = await run(process.execPath, [join(app, 'infra/docker/healthcheck.mjs')], { env: { ...env } }).then(
      () => 'ok',
      String,
    )
    if (answer === 'ok') return
    if (performance.now() > until)
      throw new Error(`not healthy within ${STARTS_WITHIN_MS} ms: ${answer}\n${said().slice(-2_000)}`)
    await delay(100)
  }
}

describe('the tree of the image', () => {
  it('has what runs and not what builds: no compiler, no tests, no sources', () => {
    for (const tool of ['typescript', 'vitest', 'vite', 'oxlint', 'prettier', 'playwright-core']) {
      expect([tool, existsSync(join(app, 'node_modules', tool))]).toEqual([tool, false])
    }
    const own = ['packages', 'services', 'simulators', 'infra']
      .flatMap((folder) => everyFile(join(app, folder)))
      // A library in a second version lies beside the service that wants it, with what its authors publish.
      .filter((file) => !file.includes('/node_modules/'))
    expect(own.filter((file) => /\.(ts|tsx|map|tsbuildinfo)$/.test(file))).toEqual([])
    expect(existsSync(join(app, 'services/dashboard/dist-web/index.html'))).toBe(true)
  })

  it('has every workspace that a service imports, as a link into the tree', () => {
    const names = readdirSync(join(app, 'node_modules/@pulsewire'))
    expect(names).toContain('runtime')
    for (const name of names) expect(existsSync(join(app, 'node_modules/@pulsewire', name, 'package.json'))).toBe(true)
    const manifest: unknown = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: 'pulsewire' })
  })
})

describe('each service, from that tree', { timeout: 2 * STARTS_WITHIN_MS }, () => {
  const common = {
    PULSEWIRE_HOST: '127.0.0.1',
    PULSEWIRE_LOG_LEVEL: 'warn',
    PULSEWIRE_ADMIN_PASSWORD: 'only-for-this-test',
  }
  const ports = { PULSEWIRE_MQTT_PORT: '0', PULSEWIRE_MQTTS_PORT: '0' }
  const services: readonly (readonly [string, Record<string, string>])[] = [
    ['broker', ports],
    ['bridge', { PULSEWIRE_BRIDGE_URL: 'mqtt://127.0.0.1:9' }],
    ['detector', {}],
    ['alarm-manager', {}],
    ['recorder', {}],
    ['notifier', {}],
    ['prover', { PULSEWIRE_PROOF_MQTT_URL: 'mqtt://127.0.0.1:9' }],
    ['api', { PULSEWIRE_HTTP_PORT: '0', PULSEWIRE_STATIC_DIR: join(app, 'services/dashboard/dist-web') }],
  ]

  it.each(services)('%s starts, is healthy, and stops when it is asked to', async (name, env) => {
    const all = { ...common, ...env, PULSEWIRE_OPERATION_PORT: String(await freePort()) }
    const { child, said } = start(`services/${name}/dist/main.js`, all, join(base, `data-${name}`))
    await healthy(child, all, said)
    expect([await stop(child), said().includes('"level":60')]).toEqual([0, false])
  })

  it('without a command: the whole station', async () => {
    const all = { ...common, ...ports, PULSEWIRE_HTTP_PORT: String(await freePort()) }
    const { child, said } = start('services/station/dist/main.js', all, join(base, 'data-station'))
    await healthy(child, all, said)
    const page = await fetch(`http://127.0.0.1:${all.PULSEWIRE_HTTP_PORT}/`, { headers: { accept: 'text/html' } })
    expect([page.status, (await page.text()).includes('<script')]).toEqual([200, true])
    expect(await stop(child)).toBe(0)
  })

  it('is not healthy where nothing answers', async () => {
    const env = { PULSEWIRE_OPERATION_PORT: String(await freePort()) }
    await expect(run(process.execPath, [join(app, 'infra/docker/healthcheck.mjs')], { env })).rejects.toThrow(
      /does not answer/,
    )
  })
})
