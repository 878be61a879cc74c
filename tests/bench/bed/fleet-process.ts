import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Credential, FleetStats, StoredReport } from '@pulsewire/fleet'

const ROOT = join(import.meta.dirname, '../../..')

/** A fleet as a process of its own, so that its CPU is told apart from the station's. */
export interface FleetProcess {
  readonly pid: number
  stats(): Promise<FleetStats>
  clearLatencies(): void
  dropLinks(): void
  /** Ends it; answers its last figures, and what it found in the store where it was asked to look. */
  stop(): Promise<{ readonly stats: FleetStats; readonly stored?: StoredReport }>
  /** SIGKILL, where it still runs. */
  kill(): Promise<void>
}

export interface FleetProcessOptions {
  readonly url: string
  readonly credentials: readonly Credential[]
  readonly vitalsPerSecond?: number
  readonly blocksPerSecond?: number
  readonly connectsPerSecond?: number
  /** CBOR by default. */
  readonly payload?: 'cbor' | 'line-protocol'
  /** Looks at the end whether each sample is in the store of this station. */
  readonly check?: { readonly api: string; readonly token: string }
}

type Line =
  ({ readonly type: 'connected' | 'stats' | 'ended' } & FleetStats) | ({ readonly type: 'stored' } & StoredReport)

/** Resolves when all nodes are connected. */
export async function startFleetProcess(options: FleetProcessOptions): Promise<FleetProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-fleet-'))
  const file = join(directory, 'credentials.json')
  writeFileSync(file, JSON.stringify(options.credentials), { mode: 0o600 })
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'simulators/fleet/dist/main.js'),
      `--url=${options.url}`,
      `--credentials=${file}`,
      `--vitals=${options.vitalsPerSecond ?? 1}`,
      `--blocks=${options.blocksPerSecond ?? 1}`,
      `--payload=${options.payload ?? 'cbor'}`,
      `--connects=${options.connectsPerSecond ?? 500}`,
      ...(options.check === undefined ? [] : ['--check', options.check.api]),
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...(options.check === undefined ? {} : { PULSEWIRE_TOKEN: options.check.token }) },
    },
  )
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  const exited = once(child, 'exit').finally(() => {
    process.off('exit', end)
    rmSync(directory, { recursive: true, force: true })
  })
  const waiting = new Map<Line['type'], (line: Line) => void>()
  const lines = new Map<Line['type'], Line>()
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    lines.set(line.type, line)
    waiting.get(line.type)?.(line)
  })
  const next = async (type: Line['type']): Promise<Line> => {
    const came = new Promise<Line>((resolve) => waiting.set(type, resolve))
    const ended = exited.then(() => {
      throw new Error(`the fleet ended before it said ${type}`)
    })
    return Promise.race([came, ended])
  }
  const say = (word: string): void => void child.stdin.write(`${word}\n`)
  await next('connected')

  return {
    pid: child.pid ?? 0,
    stats: async () => {
      const came = next('stats')
      say('stats')
      return statsOf(await came)
    },
    clearLatencies: () => say('clear'),
    dropLinks: () => say('drop'),
    stop: async () => {
      say('stop')
      await exited
      const stored = lines.get('stored')
      return { stats: statsOf(lines.get('ended')), ...(stored?.type === 'stored' ? { stored } : {}) }
    },
    kill: async () => {
      end()
      await exited
    },
  }
}

function statsOf(line: Line | undefined): FleetStats {
  if (line === undefined || line.type === 'stored') throw new Error('the fleet has not said its figures')
  return line
}
