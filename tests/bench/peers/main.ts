import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../../support/station.ts'
import { startFleetProcess } from '../bed/fleet-process.ts'
import { cpuSecondsOf, spread } from '../cpu.ts'
import { saveResult } from '../results/save.ts'
import { mosquittoKafkaTelegraf, mosquittoTelegraf } from './from-parts.ts'
import type { Pipeline, PipelineOptions } from './pipeline.ts'
import { pulsewireEmbedded, pulsewireOnEngines } from './pulsewire.ts'

// `npm run bench:peers [-- --wearables N] [--seconds S] [--rounds R] [--warm-up S] [abcd]`: the same wearables (a block of 250 samples and five vitals a second each, QoS 1)
// on what people would build from parts, and on Pulsewire, in turn; and what each has lost when all of its processes were killed in the middle.

const args = process.argv.slice(2)
const numberAfter = (flag: string, otherwise: number): number => {
  const at = args.indexOf(flag)
  return at < 0 ? otherwise : Number(args[at + 1])
}
const devices = numberAfter('--wearables', 500)
const seconds = numberAfter('--seconds', 30)
const rounds = numberAfter('--rounds', 3)
const warmUpMs = numberAfter('--warm-up', 20) * 1_000
const AFTER_KILL_MS = 8_000

interface Round {
  readonly cpuSPer100k: number
  readonly parts: Readonly<Record<string, number>>
  readonly p50: number
  readonly p99: number
  readonly acknowledged: number
  readonly lost: number
}

const PIPELINES: Readonly<Record<string, (options: PipelineOptions) => Promise<Pipeline>>> = {
  a: mosquittoTelegraf,
  b: mosquittoKafkaTelegraf,
  c: pulsewireEmbedded,
  d: pulsewireOnEngines,
}

const cpuOf = (pids: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, cpuSecondsOf(pid)]))

async function measure(open: (options: PipelineOptions) => Promise<Pipeline>): Promise<[string, Round]> {
  const temporary = temporaryDirectory()
  const directory = join(temporary.path, 'data')
  mkdirSync(directory)
  const pipeline = await open({ directory, devices })
  try {
    const { mqttUrl: url, credentials, payload, name } = pipeline
    const fleet = await startFleetProcess({ url, credentials, payload })
    await sleep(warmUpMs)
    const pids = pipeline.pids()
    const [cpuBefore, ackedBefore] = [cpuOf(pids), (await fleet.stats()).acked]
    fleet.clearLatencies()
    await sleep(seconds * 1_000)
    const stats = await fleet.stats()
    const cpuAfter = cpuOf(pids)
    const per100k = 100_000 / (stats.acked - ackedBefore)
    const parts = Object.fromEntries(
      Object.keys(pids).map((part) => [part, ((cpuAfter[part] ?? 0) - (cpuBefore[part] ?? 0)) * per100k]),
    )
    await pipeline.killAndRestart()
    await sleep(AFTER_KILL_MS)
    const ended = await fleet.stop()
    if (ended.stats.acked < ended.stats.published) throw new Error(`${name}: not all was acknowledged at the end`)
    const round: Round = {
      cpuSPer100k: Object.values(parts).reduce((sum, cpu) => sum + cpu, 0),
      parts,
      p50: stats.pubackMs.p50,
      p99: stats.pubackMs.p99,
      acknowledged: ended.stats.acked,
      lost: ended.stats.acked - (await pipeline.stored()),
    }
    return [name, round]
  } finally {
    await pipeline.stop()
    temporary.remove()
  }
}

const letters = (args.find((arg) => /^[abcd]+$/.test(arg)) ?? 'abcd').split('')
const results = new Map<string, Round[]>()
for (let round = 0; round < rounds; round++) {
  for (const letter of letters) {
    const open = PIPELINES[letter]
    if (open === undefined) continue
    const [name, figures] = await measure(open)
    results.set(name, [...(results.get(name) ?? []), figures])
    console.error(`round ${round + 1}, ${name}: ${JSON.stringify(figures)}`)
  }
}
console.log(`${devices} wearables, ${2 * devices} messages/s; median [least–most] of ${rounds}, in turn:`)
console.log(
  '| | CPU s per 100,000 messages | PUBACK p50, ms | p99, ms | lost of those acknowledged, all killed in the middle |',
)
console.log('|---|---|---|---|---|')
for (const [name, all] of results) {
  const of = (field: 'cpuSPer100k' | 'p50' | 'p99', digits: number): string =>
    spread(
      all.map((each) => each[field]),
      digits,
    )
  const lost = all.map((each) => `${each.lost} of ${each.acknowledged}`).join(', ')
  console.log(`| ${name} | ${of('cpuSPer100k', 1)} | ${of('p50', 1)} | ${of('p99', 0)} | ${lost} |`)
}
const [first] = results.values()
for (const [name, all] of results) {
  const ratios = all.map((each, index) => each.cpuSPer100k / (first?.[index]?.cpuSPer100k ?? NaN))
  console.log(`CPU, ${name} / the first: ${spread(ratios, 2)}`)
}
saveResult('peers', { devices, seconds, rounds, pipelines: Object.fromEntries(results) })
