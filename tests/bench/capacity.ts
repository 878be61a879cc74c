import { parseArgs } from 'node:util'
import { openBed, type EndFigures, type LoadFigures } from './bed/load.ts'
import { saveResult } from './results/save.ts'

const USAGE = `npm run bench:capacity [-- --wearables 100,1000,3000,5000] [--seconds 60] [--workers 1] [--check] [--drops]

What so many wearables cost on this machine: a block of 250 samples and five vitals a second each, CBOR over QoS 1, all of it durable before the
PUBACK, analysed, recorded. --check compares, at the end, each sample with what was sent; --drops cuts all links once in the middle.`

/** What a lag of a second is worth, in messages of a wearable. */
const MESSAGES_PER_S = 2
const GIB = 1024 ** 3
const DAY_S = 86_400

const { values } = parseArgs({
  options: {
    wearables: { type: 'string', default: '100,1000,3000,5000' },
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '1' },
    check: { type: 'boolean', default: false },
    drops: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

interface Point {
  readonly load: LoadFigures
  readonly end: EndFigures
}

async function pointOf(wearables: number): Promise<Point> {
  const bed = await openBed({
    wearables,
    check: values.check,
    env: { PULSEWIRE_WORKERS: values.workers },
    say: (line) => console.error(line),
  })
  try {
    const load = await bed.measure(Number(values.seconds))
    console.error(JSON.stringify(load, null, 1))
    if (values.drops) {
      bed.fleet.dropLinks()
      await bed.measure(15)
    }
    const end = await bed.finish()
    console.error(JSON.stringify(end))
    return { load, end }
  } finally {
    await bed.close()
  }
}

function lineOf({ load, end }: Point): string {
  const { wearables, stationCores, cpuSPer100k, fleetCores, ownMb, pubackMs, screenMs } = load
  const seconds = (records: number): string => (records / (MESSAGES_PER_S * wearables)).toFixed(1)
  const perDay = (bytes: number): string => ((bytes * DAY_S) / wearables / 1024 ** 2).toFixed(1)
  const { stored } = end
  const missing =
    stored === undefined
      ? ''
      : `, ${stored.samples.missing + stored.samples.wrong} of ${stored.samples.expected} samples`
  return `| ${[
    wearables,
    stationCores.toFixed(2),
    cpuSPer100k.toFixed(1),
    fleetCores.toFixed(2),
    (ownMb / 1024).toFixed(2),
    `${pubackMs.p50.toFixed(0)} / ${pubackMs.p99.toFixed(0)}`,
    `${screenMs.p50.toFixed(0)} / ${screenMs.p99.toFixed(0)}`,
    `${seconds(load.detectorBehindBefore)} → ${seconds(load.detectorBehind)}`,
    seconds(load.recorderBehind),
    perDay(load.storeBytesPerS),
    ((load.logBytesPerS * DAY_S) / GIB).toFixed(0),
    `${end.acked - end.published - end.ledgerDifference}${missing}`,
  ].join(' | ')} |`
}

if (values.help) console.log(USAGE)
else {
  const points: Point[] = []
  for (const wearables of values.wearables.split(',').map(Number)) points.push(await pointOf(wearables))
  console.log(
    '| wearables | cores | CPU s per 100,000 messages | cores of the load | GiB | PUBACK p50 / p99, ms | sensor to screen p50 / p99, ms | detectors behind, s | recorder behind, s | store, MiB a wearable and day | log, GiB a day | lost |',
  )
  console.log('|---|---|---|---|---|---|---|---|---|---|---|---|')
  for (const point of points) console.log(lineOf(point))
  saveResult('capacity', points)
}
