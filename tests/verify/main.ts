import { bundledRecord } from '@pulsewire/replay'
import { signIn } from '../support/api.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'
import { sendRecordThroughSystem } from './record-through-system.ts'

// `npm run demo:verify [-- PATH…]`: WFDB records (paths without extension; the excerpt of 101 in the repository where none is given).
const paths = process.argv.slice(2)
const directory = temporaryDirectory()
const station = await startStation({ dataDirectory: directory.path })
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
let failed = false
try {
  const api = await signIn(station)
  for (const [index, path] of (paths.length > 0 ? paths : [bundledRecord('101')]).entries()) {
    const report = await sendRecordThroughSystem(station, api, path, `verify-${index}`)
    const { score } = report
    console.log(`record ${report.record}: ${report.seconds.toFixed(1)} s of ${report.signals.join(', ')}`)
    console.log(`  samples sent ${report.samplesSent}, back bit for bit ${report.samplesEqual}`)
    console.log(
      `  beats: reference ${report.referenceBeats}, detected ${report.detectedBeats}, ±150 ms: ` +
        `sensitivity ${percent(score.sensitivity)}, positive predictivity ${percent(score.positivePredictivity)} ` +
        `(missed ${score.fn}, false ${score.fp})`,
    )
    if (report.samplesEqual !== report.samplesSent) failed = true
  }
} finally {
  await station.stop()
  directory.remove()
}
if (failed) {
  console.error('not every sample came back')
  process.exitCode = 1
}
