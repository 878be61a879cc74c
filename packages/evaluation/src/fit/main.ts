import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DataError } from '../sources/errors.ts'
import { fitAtrialFibrillation } from './atrial-fibrillation.ts'
import { fitQrs } from './qrs.ts'
import { fitVentricularBeat } from './ventricular-beat.ts'
import { fitVentricularFibrillation } from './ventricular-fibrillation.ts'

/** Fits by name; each prints its cross-validated figures and writes the weights into the detector's source. */
const FITS: Readonly<Record<string, (dataDirectory: string, sourceDirectory: string) => Promise<void>>> = {
  'atrial-fibrillation': fitAtrialFibrillation,
  qrs: fitQrs,
  'ventricular-beat': fitVentricularBeat,
  'ventricular-fibrillation': fitVentricularFibrillation,
}
const USAGE = `npm run fit -- ${Object.keys(FITS).join('|')} [--data DIR]

Fits the weights of a detector on the recordings (default ../shared/data), prints the figures and writes the weights' source file.`

const { values, positionals } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const fit = FITS[positionals[0] ?? '']
if (values.help || fit === undefined) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = values.help ? 0 : 2
} else {
  try {
    await fit(resolve(values.data), resolve('packages'))
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
