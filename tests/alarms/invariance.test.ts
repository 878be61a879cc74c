import { createPatientMonitor, type DetectionOutput, type TelemetryInput } from '@pulsewire/detection'
import { PATIENT, START, findingsIn, messagesOf, type NodeScript } from '@pulsewire/detection/test-support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

// The whole chain of a patient: what is found must depend on the heart alone.

/** An arrest of 9 s, ST elevation in three leads, a low saturation. */
const EVENTFUL: NodeScript = {
  seconds: 100,
  leads: ['II', 'III', 'aVF'],
  rateHz: 250,
  arrest: (second) => second >= 15 && second < 24,
  st: (second) => (second > 45 ? Math.min(0.3, (second - 45) * 0.02) : 0),
  vitals: (second) => ({ spo2: second >= 30 && second < 50 ? 82 : 97, heartRate: 72 }),
}

function sent(messages: readonly TelemetryInput[], since = START): DetectionOutput[] {
  const monitor = createPatientMonitor({ patient: PATIENT, context: { devices: [{ id: 'd1', since }] } })
  const outputs = messages.flatMap((input) => monitor.telemetry(input))
  return [...outputs, ...monitor.tick((messages.at(-1)?.headers.receivedAt ?? since) + 5_000)]
}

/** What stands in the end: type, priority, whose, onset and end in ms since `from`, and the alarm that was asked for. */
function story(outputs: readonly DetectionOutput[], from = START) {
  const last = new Map(findingsIn(outputs).map((finding) => [finding.id, finding]))
  return [...last.values()]
    .filter(({ evidence }) => evidence['withdrawn'] === undefined)
    .map(({ type, priority, code, onset, end }) => ({
      type,
      priority,
      code,
      onsetMs: onset - from,
      endMs: end === undefined ? undefined : end - from,
    })) // prettier-ignore
    .toSorted((a, b) => a.onsetMs - b.onsetMs || (a.type < b.type ? -1 : 1))
}
const beatCount = (outputs: readonly DetectionOutput[]): number =>
  outputs.reduce((count, output) => count + (output.kind === 'beats' ? output.record.beats.length : 0), 0)

/** Later by `byMs`, in every time. */
function shifted(messages: readonly TelemetryInput[], byMs: number): TelemetryInput[] {
  return messages.map((input) => {
    const { at, time, receivedAt } = input.headers
    return { ...input, headers: { ...input.headers, at: at + byMs, time: time + byMs, receivedAt: receivedAt + byMs } }
  })
}
/** Of another amplitude. */
function scaled(messages: readonly TelemetryInput[], factor: number): TelemetryInput[] {
  return messages.map((input) => {
    if (input.uplink.kind !== 'waveform') return input
    const signals = input.uplink.message.signals.map((signal) => ({ ...signal, scale: signal.scale * factor }))
    return { ...input, uplink: { ...input.uplink, message: { ...input.uplink.message, signals } } }
  })
}

const plain = messagesOf(EVENTFUL)
const told = sent(plain)

describe('what is found depends on the heart alone', () => {
  it('and there is something to find', () => {
    const types = new Set(findingsIn(told).map(({ type }) => type))
    for (const type of ['asystole', 'limit', 'myocardial-infarction'] as const) expect(types).toContain(type)
  })

  it('not on the date: the same, later by any whole number of seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000_000, max: 100_000_000 }), (seconds) => {
        const byMs = seconds * 1_000
        expect(story(sent(shifted(plain, byMs), START + byMs), START + byMs)).toEqual(story(told))
      }),
      { numRuns: 8 },
    )
  })

  it('not on where a second begins: the same to some ms, later by any number of ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (byMs) => {
        const outputs = sent(shifted(plain, byMs), START + byMs)
        const high = (found: readonly DetectionOutput[]) => new Set(findingsIn(found).flatMap(({ type, priority }) => (priority === 'high' ? [type] : []))) // prettier-ignore
        expect(high(outputs)).toEqual(high(told))
        expect(Math.abs(beatCount(outputs) - beatCount(told))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 6 },
    )
  })

  it('not on how the device cuts its blocks', () => {
    fc.assert(
      fc.property(fc.constantFrom(200, 400, 600, 800, 2_000, 4_000), (blockMs) => {
        const outputs = sent(messagesOf({ ...EVENTFUL, blockMs }))
        const ofHeart = (found: readonly DetectionOutput[]) =>
          // Vitals come between blocks: elsewhere in a stream of longer ones.
          story(found).filter(({ type }) => type !== 'limit')
        expect(ofHeart(outputs)).toEqual(ofHeart(told))
        expect(beatCount(outputs)).toBe(beatCount(told))
      }),
      { numRuns: 6 },
    )
  })

  it('not on the amplitude, within a factor of two either way: the same beats and lethal alarms', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (factor) => {
        const { st: _st, ...quiet } = EVENTFUL
        const of = (outputs: readonly DetectionOutput[]) => [beatCount(outputs), story(outputs)]
        expect(of(sent(scaled(messagesOf(quiet), factor)))).toEqual(of(sent(messagesOf(quiet))))
      }),
      { numRuns: 6 },
    )
  })
})
