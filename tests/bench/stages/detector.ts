import { analyseLead, runChain, stSignal } from '@pulsewire/evaluation'
import { cpuSecondsIn, type Stage, type StageSize } from './stage.ts'

const SECONDS: Readonly<Record<StageSize, number>> = { smoke: 60, full: 600 }
/** So often before it counts: at first the compiler takes several times what the analysis does. */
const WARM_UP: Readonly<Record<StageSize, number>> = { smoke: 1, full: 6 }
const RATE_HZ = 250

/** The whole chain of one patient with one lead: order, quality, beats, rhythm, ST, findings, alarms. */
export const detector: Stage = {
  name: 'detector',
  what: 'all that is done for a patient with one lead at 250 Hz',
  unit: '× real time a core',
  better: 'more',
  limit: 'the analyser of the lead alone',
  measure: async (size) => {
    const seconds = SECONDS[size]
    const parts = { seed: 'bench', heartRate: 75, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 }
    const { samplesMv } = stSignal(parts, seconds, RATE_HZ, 20)
    const samples = Int16Array.from(samplesMv, (value) => Math.round(1000 * value))
    const signals = [{ name: 'II', unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }]
    const record = { name: 'bench', rateHz: RATE_HZ, fromSample: 0, comments: [], signals }
    const warm = async (work: () => void): Promise<number> => {
      for (let run = 0; run < WARM_UP[size]; run++) work()
      return seconds / (await cpuSecondsIn(work))
    }
    return {
      ours: await warm(() => void runChain(record)),
      limit: await warm(() => void analyseLead(samplesMv, RATE_HZ, 'II')),
    }
  },
}
