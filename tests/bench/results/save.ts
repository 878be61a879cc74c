import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem, type CpuInfo } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
export const DIRECTORY = join(ROOT, '.artifacts/bench')

/** Where a figure was measured: without it, it means nothing. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly platform: string
}

export interface SavedResult<T> {
  readonly name: string
  readonly commit: string
  readonly at: string
  readonly machine: Machine
  readonly figures: T
}

export function machine(): Machine {
  const all: readonly CpuInfo[] = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }
}

/** The commit that runs, marked where files differ from it; `unknown` outside of a checkout. */
function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-changed'}`
  } catch {
    return 'unknown'
  }
}

/** Keeps the figures under the commit's name, so that another commit's can be laid beside them; answers the file. */
export function saveResult(name: string, figures: unknown): string {
  mkdirSync(DIRECTORY, { recursive: true })
  const result: SavedResult<unknown> = {
    name,
    commit: commit(),
    at: new Date().toISOString(),
    machine: machine(),
    figures,
  }
  const file = join(DIRECTORY, `${name}-${result.commit}.json`)
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  console.error(`figures: ${file}`)
  return file
}
