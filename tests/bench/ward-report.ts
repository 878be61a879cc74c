import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEmbeddedVitalsStore } from '@pulsewire/vitals-store'
import { fillWard } from '@pulsewire/vitals-store/testing'

const USAGE = `npm run bench:ward-report [-- --days 30] [--beds 20] [--values-s 5] [--blocks-s 1]

What the ward statistics ask of the embedded store, over a ward made up inside the database: five vitals and one lead a bed, nothing sealed.`

const HOUR_MS = 3_600_000
const CODES = ['heartRate', 'spo2', 'respirationRate', 'pulseRate', 'temperature']
const FROM = Date.UTC(2026, 0, 1)

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    beds: { type: 'string', default: '20' },
    'values-s': { type: 'string', default: '5' },
    'blocks-s': { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${USAGE}\n`)
} else {
  const directory = await mkdtemp(join(tmpdir(), 'pulsewire-ward-report-'))
  try {
    const range = { from: FROM, to: FROM + Number(values.days) * 24 * HOUR_MS }
    // The store makes its tables.
    await (await openEmbeddedVitalsStore({ directory })).close()
    const rows = await fillWard(directory, {
      ...range,
      patients: Number(values.beds),
      codes: CODES,
      valuesEveryMs: Number(values['values-s']) * 1000,
      blocksEveryMs: Number(values['blocks-s']) * 1000,
    })
    const store = await openEmbeddedVitalsStore({ directory })
    const patients = Array.from({ length: Number(values.beds) }, (_, index) => `p${index}`)
    for (const round of [1, 2]) {
      const began = performance.now()
      const { series } = await store.coverage({ ...range, patients, everyMs: HOUR_MS })
      const seconds = (performance.now() - began) / 1000
      const windows = series.reduce((sum, one) => sum + one.windows.length, 0)
      process.stdout.write(
        `round ${round}: ${values.days} days, ${values.beds} beds, ${rows} rows: ${windows} windows in ${seconds.toFixed(1)} s\n`,
      )
    }
    await store.close()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
