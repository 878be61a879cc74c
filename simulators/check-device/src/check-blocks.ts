import { encodeUplink } from '@pulsewire/codec'
import { MISSING_SAMPLE, type WaveformMessage, type WaveformSignal } from '@pulsewire/contracts'
import type { Verdicts } from './verdicts.ts'

const ADVISED_BLOCK_MS = 5_000
/** An ECG beyond this was scaled wrongly, mV. */
const PLAUSIBLE_ECG_MV = 30
/** Judge the rate after so much data, ms. */
const RATE_AFTER_MS = 10_000

interface Run {
  nextAt: number
  firstReceivedAt: number
  samples: number
}

export interface BlockCheck {
  check(block: WaveformMessage, payloadBytes: number, isJson: boolean, receivedAt: number): void
}

function checkSignal(signal: WaveformSignal, verdicts: Verdicts): void {
  const { name, samples, scale, offset, unit } = signal
  let missing = 0
  let railed = 0
  let smallest = 32_767
  let largest = -32_767
  for (const sample of samples) {
    if (sample === MISSING_SAMPLE) {
      missing += 1
      continue
    }
    if (Math.abs(sample) === 32_767) railed += 1
    smallest = Math.min(smallest, sample)
    largest = Math.max(largest, sample)
  }
  const present = samples.length - missing
  const extremeMv = Math.max(Math.abs((smallest - offset) * scale), Math.abs((largest - offset) * scale))
  if (railed > samples.length / 100) {
    verdicts.wrong(
      'samples',
      `${name}: ${railed} of ${samples.length} samples are at the end of int16: choose a coarser scale`,
    )
  } else if (name.startsWith('ecg.') && unit !== 'mV') {
    verdicts.wrong('samples', `${name}: the unit is ${unit}, and should be mV`)
  } else if (name.startsWith('ecg.') && present > 0 && extremeMv > PLAUSIBLE_ECG_MV) {
    verdicts.wrong('samples', `${name}: ${extremeMv.toFixed(1)} mV is no ECG: value = (sample − offset) · scale`)
  } else if (missing > samples.length / 2) {
    verdicts.advise('samples', `${name}: ${missing} of ${samples.length} samples are missing (lead off?)`)
  } else if (present > 1 && smallest === largest) {
    verdicts.advise('samples', `${name}: flat, every sample is ${smallest}`)
  } else verdicts.right('samples')
}

/** Looks at waveform blocks: what is in them, and whether they continue each other. */
export function createBlockCheck(verdicts: Verdicts): BlockCheck {
  const runs = new Map<string, Run>()
  let advisedCbor = false

  const checkContinuity = (block: WaveformMessage, run: Run, key: string): boolean => {
    const stepMs = 1000 / block.rateHz
    const gapMs = block.at - run.nextAt
    if (Math.abs(gapMs) <= 1.5 * stepMs + 1) {
      verdicts.right('continuity')
      return true
    }
    const what = gapMs > 0 ? `begins ${gapMs.toFixed(0)} ms after` : `overlaps by ${(-gapMs).toFixed(0)} ms with`
    verdicts.wrong(
      'continuity',
      `the block at seq ${block.seq} ${what} the end of the one before it (${key.split(' ').slice(1).join(' ')})`,
    )
    return false
  }

  const checkRate = (block: WaveformMessage, run: Run, receivedAt: number): void => {
    const lengthMs = (run.samples / block.rateHz) * 1000
    const livedMs = receivedAt - run.firstReceivedAt
    if (lengthMs < RATE_AFTER_MS) return
    const ratio = livedMs / lengthMs
    // a spool that drains is faster than life, which is as it should be
    if (ratio > 1.05) {
      verdicts.wrong(
        'rate',
        `${run.samples} samples took ${(livedMs / 1000).toFixed(1)} s: ${((run.samples * 1000) / livedMs).toFixed(1)} Hz, not ${block.rateHz} Hz`,
      )
    } else verdicts.right('rate')
  }

  const checkEncoding = (block: WaveformMessage, payloadBytes: number, isJson: boolean): void => {
    if (!isJson) {
      verdicts.right('encoding')
      return
    }
    if (advisedCbor) return
    advisedCbor = true
    const cborBytes = encodeUplink({ kind: 'waveform', message: block }, 'cbor').byteLength
    verdicts.advise(
      'encoding',
      `blocks are JSON of ${payloadBytes} bytes; in CBOR with an int16 typed array they would be ${cborBytes}`,
    )
  }

  return {
    check(block, payloadBytes, isJson, receivedAt) {
      for (const signal of block.signals) checkSignal(signal, verdicts)
      checkEncoding(block, payloadBytes, isJson)
      const count = block.signals[0]?.samples.length ?? 0
      const durationMs = (count / block.rateHz) * 1000
      if (durationMs > ADVISED_BLOCK_MS) {
        verdicts.advise(
          'continuity',
          `a block covers ${(durationMs / 1000).toFixed(1)} s: an alarm waits for it; one second is usual`,
        )
      }
      const key = `${block.boot} ${block.signals.map(({ name }) => name).join(',')}`
      const run = runs.get(key)
      const broken = run !== undefined && !checkContinuity(block, run, key)
      const current: Run = run === undefined || broken ? { nextAt: 0, firstReceivedAt: receivedAt, samples: 0 } : run
      if (run !== undefined && !broken) {
        current.samples += count
        checkRate(block, current, receivedAt)
      }
      current.nextAt = block.at + durationMs
      runs.set(key, current)
    },
  }
}
