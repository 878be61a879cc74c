import { parseArgs } from 'node:util'
import { describe, isSound } from './report.ts'
import { randomKills, runChaos } from './run.ts'

// `npm run chaos [-- --kills 100 --rate 300 --seed TEXT]`: kills and hangs Kafka, InfluxDB and each service at random while data flows, and compares
// what came of it with what was sent, and with an undisturbed system. Ends with 1 where anything was lost, doubled, or stands still.
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    rate: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now()) },
  },
})
const kills = Number(values.kills)
const startedAt = performance.now()
const log = (line: string): void =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`)
log(`seed ${values.seed}`)
const report = await runChaos({
  // About so long do the kills take; the patients' illnesses begin within it.
  seconds: Math.max(90, Math.round(kills * 4)),
  rate: Number(values.rate),
  devices: 30,
  counts: { api: 2, recorder: 2, 'alarm-manager': 2, detector: 3, broker: 2 },
  disturb: randomKills(kills, values.seed),
  log,
})
console.log('')
for (const line of describe(report)) console.log(line)
if (!isSound(report)) {
  console.log('NOT SOUND')
  process.exitCode = 1
}
