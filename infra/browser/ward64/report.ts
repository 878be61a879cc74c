import { percentile } from '../support/browser.ts'
import type { FrameCost } from '../support/frame-cost.ts'

/** What a page was like in one stretch of a run. */
export interface Stretch {
  /** Seconds since the ward was complete on the screen. */
  readonly atS: number
  /** From the publishing of a block to its arrival on the page, and to its first pixel, ms. */
  readonly arrivalMs: readonly number[]
  readonly pixelMs: readonly number[]
  /** JavaScript that lives after a collection, and all memory of the page's processes, MB. */
  readonly heapMb: number
  readonly residentMb: number
  /** Share of a core: the page's process, and what puts the layers together. */
  readonly pageCpu: number
  readonly compositorCpu: number
}

export interface WardReport {
  readonly patients: number
  readonly seconds: number
  readonly load: { readonly firstTileMs: number; readonly kilobytes: number }
  readonly frames: FrameCost
  readonly stretches: readonly Stretch[]
  /** From the publishing of the patient's call, ms. */
  readonly alarm: {
    readonly soundMs: number
    readonly screenMs: number
    readonly acknowledgedMs: number
    readonly keys: number
  }
  /** Of the page of one patient, 20 s apart. */
  readonly patientHeapMb: readonly [before: number, after: number]
  readonly beats: { readonly real: number; readonly missed: number; readonly where: readonly string[] }
  readonly falseHigh: readonly string[]
  /** What the system said of itself. */
  readonly system: readonly string[]
}

/** Growth of heap and memory is judged of runs that last so long, that of the delay of longer ones: a busy machine makes it vary from minute to minute. */
const GROWTH_FROM_S = 60
const DELAY_GROWTH_FROM_S = 600
/** How much anything may grow from the first half of a run to its second. */
const MOST_GROWTH = { delayMs: 250, heapShare: 0.1, heapMb: 4, residentShare: 0.15, residentMb: 40, patientHeapMb: 1 }

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)
const p = (values: readonly number[], share: number) => percentile(sorted(values), share)

/** The two halves of a run. */
function halves(stretches: readonly Stretch[]): readonly [readonly Stretch[], readonly Stretch[]] {
  const middle = Math.ceil(stretches.length / 2)
  return [stretches.slice(0, middle), stretches.slice(middle)]
}

/** What of a run is not as it must be; empty where all is. */
export function problemsOf(report: WardReport): string[] {
  const [first, last] = halves(report.stretches)
  /** From one half to the other, by the middle value or by the lowest: what lives is what is left where most was collected. */
  const grown = (value: (stretch: Stretch) => number, share: number) => {
    const [before, after] = [p(first.map(value), share), p(last.map(value), share)]
    return { before, after, by: after - before }
  }
  const pixels = grown(({ pixelMs }) => p(pixelMs, 0.5), 0.5)
  const heap = grown(({ heapMb }) => heapMb, 0)
  const resident = grown(({ residentMb }) => residentMb, 0)
  const problems: string[] = []
  const bound = (isBroken: boolean, text: string) => isBroken && problems.push(text)
  const judged = report.seconds >= GROWTH_FROM_S
  bound(Number.isNaN(pixels.by), 'the delay was not seen')
  bound(
    report.seconds >= DELAY_GROWTH_FROM_S && !(pixels.by <= MOST_GROWTH.delayMs),
    `the delay grew by ${pixels.by.toFixed(0)} ms`,
  )
  bound(
    judged && !(heap.by <= Math.max(MOST_GROWTH.heapMb, heap.before * MOST_GROWTH.heapShare)),
    `the heap grew from ${heap.before.toFixed(1)} to ${heap.after.toFixed(1)} MB`,
  )
  bound(
    judged && !(resident.by <= Math.max(MOST_GROWTH.residentMb, resident.before * MOST_GROWTH.residentShare)),
    `the memory grew from ${resident.before.toFixed(0)} to ${resident.after.toFixed(0)} MB`,
  )
  const [opened, left] = report.patientHeapMb
  bound(
    !(left - opened <= MOST_GROWTH.patientHeapMb),
    `the heap of a patient's page grew from ${opened.toFixed(1)} to ${left.toFixed(1)} MB in 20 s`,
  )
  bound(report.beats.real === 0, 'no beat was looked for')
  bound(report.beats.missed > 0, `${report.beats.missed} beats missed: ${report.beats.where.slice(0, 5).join(', ')}`)
  bound(report.falseHigh.length > 0, `alarms of high priority of the healthy: ${report.falseHigh.join(', ')}`)
  return problems
}

/** A report as lines of text. */
export function describeWard(report: WardReport): string[] {
  const { frames, stretches, alarm, beats, load } = report
  const all = (value: (stretch: Stretch) => readonly number[]) => stretches.flatMap(value)
  const range = (value: (stretch: Stretch) => number, digits = 1, share = 0.5) => {
    const [first, last] = halves(stretches).map((part) => p(part.map(value), share).toFixed(digits))
    return `${first} → ${last}`
  }
  const delay = (values: readonly number[]) => `p50 ${p(values, 0.5).toFixed(0)}, p99 ${p(values, 0.99).toFixed(0)} ms`
  return [
    `${report.patients} patients for ${report.seconds} s`,
    `page: ${load.kilobytes.toFixed(0)} kB, first tile after ${load.firstTileMs.toFixed(0)} ms`,
    `frames: ${frames.framesPerS.toFixed(1)}/s, p50 ${frames.frameMs.p50.toFixed(1)}, p99 ${frames.frameMs.p99.toFixed(1)}, longest ${frames.frameMs.longest.toFixed(1)} ms`,
    `CPU per frame: script ${frames.pageScriptMs.toFixed(2)} ms on the page and ${frames.workerScriptMs.toFixed(2)} in the worker, raster ${frames.rasterMs.toFixed(2)}, composite ${frames.compositeMs.toFixed(2)}; the page's thread in all ${frames.pageThreadMs.toFixed(2)}`,
    `block published → on the page: ${delay(all(({ arrivalMs }) => arrivalMs))} of ${all(({ arrivalMs }) => arrivalMs).length}`,
    `block published → its first pixel (500 ms by design): ${delay(all(({ pixelMs }) => pixelMs))} of ${all(({ pixelMs }) => pixelMs).length}`,
    `first → second half: delay ${range(({ pixelMs }) => p(pixelMs, 0.5), 0)} ms, lowest heap ${range(({ heapMb }) => heapMb, 1, 0)} MB, lowest memory ${range(({ residentMb }) => residentMb, 0, 0)} MB`,
    `CPU: the page ${range(({ pageCpu }) => pageCpu * 100, 0)} % of a core, compositor ${range(({ compositorCpu }) => compositorCpu * 100, 0)} %`,
    `a patient calls → sound ${alarm.soundMs.toFixed(0)} ms, on the screen ${alarm.screenMs.toFixed(0)} ms; acknowledged with ${alarm.keys} key, ${alarm.acknowledgedMs.toFixed(0)} ms after it was pressed`,
    `a patient's page, 20 s: heap ${report.patientHeapMb.map((mb) => mb.toFixed(1)).join(' → ')} MB`,
    `beats: ${beats.missed} of ${beats.real} missed; alarms of high priority of the healthy: ${report.falseHigh.length}`,
    ...report.system.map((message) => `the system said: ${message}`),
  ]
}
