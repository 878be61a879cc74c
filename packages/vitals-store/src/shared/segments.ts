import type { TimeRange, WaveformBlock, WaveformSegment } from '../port.ts'

/** A block as it is stored, without its name. */
export type StoredBlock = Omit<WaveformBlock, 'patient' | 'signal'>

/** Device clocks are in whole ms: a block may begin so much beside where the one before ended, besides one sample. */
const ROUNDING_MS = 1

/** Cuts a block to `[from, to)`: sample i is at `start + i · 1000 / rateHz`. `undefined` where nothing is left. */
export function cutBlock(block: StoredBlock, { from, to }: TimeRange): StoredBlock | undefined {
  const indexAt = (time: number) => Math.ceil(((time - block.start) * block.rateHz) / 1000 - 1e-9)
  const first = Math.max(0, indexAt(from))
  const end = Math.min(block.samples.length, indexAt(to))
  if (end <= first) return undefined
  if (first === 0 && end === block.samples.length) return block
  return { ...block, start: block.start + (first * 1000) / block.rateHz, samples: block.samples.subarray(first, end) }
}

/**
 * Joins adjacent blocks of the same device, rate, unit and scale into segments, by start. A block that begins within a sample (and the
 * rounding to ms) of where the segment stands goes on with it; else there is a gap, or an overlap, and a new segment begins.
 */
export function joinBlocks(blocks: readonly StoredBlock[]): WaveformSegment[] {
  const open = new Map<string, { readonly blocks: StoredBlock[]; samples: number }>()
  const runs: StoredBlock[][] = []
  for (const block of [...blocks].sort((one, other) => one.start - other.start)) {
    const key = JSON.stringify([block.device, block.rateHz, block.unit, block.scale, block.offset])
    const run = open.get(key)
    const first = run?.blocks[0]
    if (run !== undefined && first !== undefined) {
      const expected = first.start + (run.samples * 1000) / block.rateHz
      if (Math.abs(block.start - expected) < 1000 / block.rateHz + ROUNDING_MS) {
        run.blocks.push(block)
        run.samples += block.samples.length
        continue
      }
    }
    const begun = { blocks: [block], samples: block.samples.length }
    open.set(key, begun)
    runs.push(begun.blocks)
  }
  return runs.flatMap((run) => {
    const [first] = run
    return first === undefined ? [] : [{ ...first, samples: concatenate(run.map(({ samples }) => samples)) }]
  })
}

function concatenate(parts: readonly Int16Array[]): Int16Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only.slice()
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
