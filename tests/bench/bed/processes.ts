import { readdirSync, readFileSync } from 'node:fs'
import { cpuSecondsOf } from '../cpu.ts'

/** A process of a station, as the operating system sees it (Linux). */
export interface ProcessFigures {
  readonly name: string
  readonly pid: number
  readonly cpuS: number
  /** Memory of its own, and its share of the files that are mapped (the log's pages, which the system takes back when it needs room). */
  readonly ownMb: number
  readonly mappedMb: number
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return parentOf(pid) === parent
      } catch {
        return false // it has ended since
      }
    })
}

function nameOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const script = words.find((word) => /\.m?js$/.test(word)) ?? words[0] ?? ''
  return script.replace(/^.*\/(?:services\/)?([^/]+?)(?:\/dist)?(?:\/main)?\.m?js$/, '$1')
}

/** Megabytes of a line of `/proc/PID/smaps_rollup`. */
function megabytesOf(rollup: string, line: string): number {
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024
}

/** A process and its children. */
export function processFigures(root: number): ProcessFigures[] {
  return [root, ...childrenOf(root)].map((pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return {
      name: nameOf(pid),
      pid,
      cpuS: cpuSecondsOf(pid),
      ownMb: megabytesOf(rollup, 'Pss_Anon'),
      mappedMb: megabytesOf(rollup, 'Pss_File') + megabytesOf(rollup, 'Pss_Shmem'),
    }
  })
}

/** CPU that each process took between two looks, cores. */
export function coresBetween(
  before: readonly ProcessFigures[],
  after: readonly ProcessFigures[],
  seconds: number,
): { name: string; cores: number; ownMb: number; mappedMb: number }[] {
  return after.map(({ name, pid, cpuS, ownMb, mappedMb }) => ({
    name,
    cores: (cpuS - (before.find((each) => each.pid === pid)?.cpuS ?? 0)) / seconds,
    ownMb,
    mappedMb,
  }))
}
