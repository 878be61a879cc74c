import { WfdbError } from './errors.ts'
import type { WfdbHeader } from './header.ts'
import type { WfdbRecord, WfdbSignal } from './record.ts'
import { MISSING } from './signal-formats.ts'

/** A record that is made of segments, as its header says it. Grammar: `NAME/SEGMENTS NSIG [RATE [NSAMP …]]`, then `SEGMENT NSAMP` lines. */
export interface SegmentLayout {
  readonly header: Pick<WfdbHeader, 'name' | 'rateHz' | 'comments'>
  readonly segments: readonly { readonly name: string; readonly fromSample: number; readonly toSample: number }[]
}

const MAX_SAMPLES = 2 ** 28
const SEGMENT = /^([A-Za-z0-9_-]+|~)\s+(\d+)$/
const RECORD = /^([A-Za-z0-9_-]+)\/(\d+)\s+\d+(?:\s+([\d.]+)\S*)?/

/** The segments of a header, or `undefined` where it is that of a single one. */
export function parseSegments(text: string): SegmentLayout | undefined {
  const all = text.split(/\r\n|\n|\r/).map((line) => line.trim())
  const lines = all.filter((line) => line !== '' && !line.startsWith('#'))
  const record = RECORD.exec(lines[0] ?? '')
  if (record === null) return undefined
  const count = Number(record[2])
  const rateHz = Number(record[3] ?? 250)
  if (!(rateHz > 0)) throw new WfdbError('WFDB_HEADER_INVALID', 'a sampling rate')
  if (lines.length - 1 < count)
    throw new WfdbError('WFDB_HEADER_INVALID', `${count} segments, ${lines.length - 1} lines`)
  let fromSample = 0
  const segments = lines.slice(1, 1 + count).map((line) => {
    const match = SEGMENT.exec(line)
    if (match === null) throw new WfdbError('WFDB_HEADER_INVALID', `not a segment: ${line.slice(0, 40)}`)
    const segment = { name: match[1] ?? '', fromSample, toSample: fromSample + Number(match[2]) }
    fromSample = segment.toSample
    return segment
  })
  if (fromSample > MAX_SAMPLES) throw new WfdbError('WFDB_UNSUPPORTED', `${fromSample} samples are too many`)
  const comments = all.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim())
  return { header: { name: record[1] ?? '', rateHz, comments }, segments }
}

export interface SegmentReaders {
  header(name: string): Promise<WfdbHeader>
  samples(name: string, fromSample: number, toSample: number): Promise<WfdbRecord>
}

/** One record out of its segments: samples `[fromSample, toSample)`, missing where a segment does not have a signal. */
export async function readSegments(
  { header, segments }: SegmentLayout,
  range: { readonly fromSample?: number; readonly toSample?: number; readonly signals?: readonly string[] },
  readers: SegmentReaders,
): Promise<WfdbRecord> {
  const total = segments.at(-1)?.toSample ?? 0
  const to = Math.min(total, Math.max(0, Math.trunc(range.toSample ?? total)))
  const from = Math.min(to, Math.max(0, Math.trunc(range.fromSample ?? 0)))
  const signals = new Map<string, WfdbSignal>()
  for (const segment of segments) {
    // A layout segment has no samples and says which signals there are; it is not needed. `~` is a gap.
    const first = Math.max(from, segment.fromSample)
    const end = Math.min(to, segment.toSample)
    if (segment.name === '~' || end <= first) continue
    const { rateHz } = await readers.header(segment.name)
    if (rateHz !== header.rateHz)
      throw new WfdbError('WFDB_UNSUPPORTED', `${segment.name} has another rate than ${header.name}`)
    const part = await readers.samples(segment.name, first - segment.fromSample, end - segment.fromSample)
    for (const signal of part.signals) put(signals, signal, first - from, to - from)
  }
  const wanted = range.signals ?? [...signals.keys()]
  return {
    ...header,
    fromSample: from,
    signals: wanted.map((name) => {
      const signal = signals.get(name)
      if (signal === undefined) throw new WfdbError('WFDB_UNSUPPORTED', `${header.name} has no signal ${name}`)
      return signal
    }),
  }
}

/** Puts a segment's samples in their place; a segment with another gain is brought to that of the first. */
function put(signals: Map<string, WfdbSignal>, part: WfdbSignal, atFrame: number, frames: number): void {
  const perFrame = part.samplesPerFrame ?? 1
  let whole = signals.get(part.name)
  if (whole === undefined) {
    const { name, unit, gainPerUnit, baseline, samplesPerFrame } = part
    const samples = new Int16Array(frames * perFrame).fill(MISSING)
    whole = {
      name,
      unit,
      gainPerUnit,
      baseline,
      samples,
      ...(samplesPerFrame === undefined ? {} : { samplesPerFrame }),
    }
    signals.set(name, whole)
  }
  if (perFrame !== (whole.samplesPerFrame ?? 1) || part.unit !== whole.unit)
    throw new WfdbError('WFDB_UNSUPPORTED', `${part.name} changes its rate or unit between segments`)
  const same = part.gainPerUnit === whole.gainPerUnit && part.baseline === whole.baseline
  const factor = whole.gainPerUnit / part.gainPerUnit
  const { baseline } = whole
  const brought = (sample: number): number => {
    if (same || sample === MISSING) return sample
    return Math.min(32_767, Math.max(-32_767, Math.round((sample - part.baseline) * factor + baseline)))
  }
  whole.samples.set(part.samples.map(brought), atFrame * perFrame)
}
