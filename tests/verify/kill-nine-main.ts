import { temporaryDirectory } from '../support/station.ts'
import { killAtRandom } from './kill-nine.ts'

// `npm run verify:kill [-- KILLS [RATE]]`: 20 kills during 1,000 messages a second where nothing is said.
const [kills = 20, rate = 1_000] = process.argv.slice(2).map(Number)
const directory = temporaryDirectory()
const report = await killAtRandom({ dataDirectory: directory.path, kills, devices: 50, rate, livesMs: [500, 4_000] })
const sorted = [...report.restartMs].sort((a, b) => a - b)
console.log(`${report.kills} times kill -9 of the station during ${rate} messages/s of 50 devices`)
console.log(
  `  published ${report.published}, sent again after a reconnect ${report.resent}, acknowledged ${report.acked}`,
)
console.log(`  acknowledged and lost: ${report.lost}; in a gap: ${report.inGaps}`)
console.log(`  ledger ${JSON.stringify(report.ledger)}, difference ${report.ledgerDifference}`)
console.log(`  kill to serving again: median ${sorted[sorted.length >> 1]} ms, longest ${sorted.at(-1)} ms`)
directory.remove()
if (report.lost > 0 || report.inGaps > 0 || report.ledgerDifference !== 0) process.exitCode = 1
