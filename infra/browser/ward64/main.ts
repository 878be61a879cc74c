import { describeWard, problemsOf } from './report.ts'
import { runWard } from './run.ts'

// `npm run bench:ward [-- SECONDS [PATIENTS]]`: a real station with 64 simulated patients before a real Chromium. What a screen costs, how late it is, and
// that nothing grows, no healthy patient rings and no beat is missed. A minute in the gate, an hour in `npm run nightly -- ward`.
const [seconds = 120, patients = 64] = process.argv.slice(2).map(Number)
const startedAt = performance.now()
const report = await runWard({
  patients,
  seconds,
  log: (line) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`),
})
for (const line of describeWard(report)) console.log(line)
const problems = problemsOf(report)
for (const problem of problems) console.log(`NOT SOUND: ${problem}`)
if (problems.length > 0) process.exitCode = 1
