import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pageOf, readResults } from './results/page.ts'
import { saveResult } from './results/save.ts'
import { broker } from './stages/broker.ts'
import { codec, validation } from './stages/codec.ts'
import { detector } from './stages/detector.ts'
import { log } from './stages/log.ts'
import { recorder } from './stages/recorder.ts'
import { lineOf, ratiosOf, resultOf, type Stage, type StageResult, type StageRound } from './stages/stage.ts'
import { dashboards, endToEnd, measureStation } from './stages/station.ts'

const USAGE = `npm run bench [-- --smoke] [--rounds 3] [--only codec,validation,log,broker,detector,recorder,station]

The way of the data stage by stage: what each costs, what the hardware or the library alone would, and the ratio. Figures go to
.artifacts/bench/stages-COMMIT.json, the page with plots beside it (with all commits that were measured on this machine).
--smoke: small and once, to see that each works.`

const STAGES: readonly Stage[] = [codec, validation, log, broker, detector, recorder]
/** The detector sees one message in two: a block a second. */
const BLOCKS_PER_100K = 50_000

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE)
  const size = values.smoke ? 'smoke' : 'full'
  const rounds = Number(values.rounds ?? (values.smoke ? 1 : 3))
  const only = values.only?.split(',')
  const wanted = (name: string): boolean => only === undefined || only.includes(name)
  const results = new Map<string, StageResult>()
  const add = (head: Omit<Stage, 'measure'>, round: StageRound): void => {
    const before = results.get(head.name)?.rounds ?? []
    results.set(head.name, resultOf({ ...head, measure: async () => round }, [...before, round]))
    console.error(`${head.name}: ${JSON.stringify(round)}`)
  }
  for (let round = 0; round < rounds; round++) {
    for (const stage of STAGES) if (wanted(stage.name)) add(stage, await stage.measure(size))
    if (!wanted('station')) continue
    const figures = await measureStation(size, partsOf(results))
    add(endToEnd(size), figures.endToEnd)
    add(dashboards(size), figures.dashboards)
  }
  console.log('| stage | what | ours | limit | ours / limit |')
  console.log('|---|---|---|---|---|')
  for (const result of results.values()) console.log(lineOf(result))
  for (const result of results.values()) {
    const isAlone = result.name === 'end to end' && only !== undefined
    if (!isAlone && ratiosOf(result).some((ratio) => !(ratio > 0))) throw new Error(`${result.name} has no figure`)
  }
  const file = saveResult(values.smoke ? 'smoke' : 'stages', [...results.values()])
  const page = file.replace(/\.json$/, '.html')
  writeFileSync(page, pageOf(readResults(values.smoke ? 'smoke' : 'stages')))
  console.error(`page: ${page}`)
}

/** What broker, detector and recorder took for 100,000 messages by themselves. */
function partsOf(results: ReadonlyMap<string, StageResult>): number {
  const ours = (name: string): number => results.get(name)?.rounds.at(-1)?.ours ?? NaN
  return ours('broker') + BLOCKS_PER_100K / ours('detector') + ours('recorder')
}

await main()
