import { describe, expect, test } from 'vitest'
import { createPatientMonitor } from '../patient-monitor.ts'
import { messagesOf, PATIENT, pointsOf, START, type NodeScript } from '../test-support/node.ts'
import type { DetectionOutput, TelemetryInput } from '../types.ts'

const SECONDS = 40
const SCRIPT: NodeScript = { seconds: SECONDS, leads: ['II', 'V5'] }

function run(messages: readonly TelemetryInput[]): DetectionOutput[] {
  const monitor = createPatientMonitor({ patient: PATIENT, context: { devices: [{ id: 'd1', since: START }] } })
  const outputs = messages.flatMap((input) => monitor.telemetry(input))
  return [...outputs, ...monitor.tick(START + (SECONDS + 10) * 1000)]
}

/** Beats of all signals, seconds; each was written once. */
function beatsOf(outputs: readonly DetectionOutput[]): number[] {
  return outputs.flatMap((output) => (output.kind === 'beats' ? output.record.beats.map(([timeMs]) => timeMs) : []))
}

/** The second of the samples that a lead gives instead of its own. */
function changed(lead: string, change: (sample: number, second: number) => number): TelemetryInput[] {
  return messagesOf(SCRIPT).map((input) => {
    const { uplink, headers } = input
    if (uplink.kind !== 'waveform') return input
    const { rateHz, signals } = uplink.message
    const fromS = (headers.time - START) / 1000
    const given = signals.map((signal) =>
      signal.name === `ecg.${lead}`
        ? { ...signal, samples: signal.samples.map((sample, i) => change(sample, fromS + i / rateHz)) }
        : signal,
    )
    return { ...input, uplink: { kind: 'waveform', message: { ...uplink.message, signals: given } } }
  })
}
const after =
  (fromS: number, change: (sample: number, second: number) => number) => (sample: number, second: number) =>
    second < fromS ? sample : change(sample, second)

const whole = beatsOf(run(messagesOf(SCRIPT)))

describe('beats and heart rate of a device with two leads', () => {
  test('are those of the heart: 72 /min', () => {
    expect(whole.length).toBeGreaterThanOrEqual(46)
    for (const [i, timeMs] of whole.slice(1).entries()) expect(timeMs - (whole[i] ?? 0)).toBeCloseTo(60_000 / 72, -2)
  })

  test.each([
    ['loses its signal', after(15, () => 0)],
    ['misses its samples', after(15, () => -32_768)],
    ['is at its rail', after(15, () => 1_000)],
    ['turns over', after(15, (sample) => -sample)],
    ['gets low', after(15, (sample) => Math.round(0.05 * sample))],
    ['shows noise', after(15, (_, second) => Math.round(200 * Math.sin(second * 977) * Math.sin(second * 3)))],
  ])('go on while lead II %s: each beat once, at its place', (_, change) => {
    const outputs = run(changed('II', change))
    const beats = beatsOf(outputs)
    expect(beats.length).toBe(whole.length)
    for (const [i, timeMs] of beats.entries()) expect(Math.abs(timeMs - (whole[i] ?? 0))).toBeLessThanOrEqual(20)
    const late = pointsOf(outputs, 'heartRate.ecg').filter(([timeMs]) => timeMs > START + 8_000)
    expect(late.length).toBeGreaterThanOrEqual(SECONDS - 11)
    for (const [, bpm] of late) expect(bpm).toBeCloseTo(72, -1)
  })

  test('go on where a second lead comes and goes', () => {
    const alone = messagesOf(SCRIPT).map((input): TelemetryInput => {
      const { uplink, headers } = input
      const second = (headers.time - START) / 1000
      if (uplink.kind !== 'waveform' || (second >= 12 && second < 25)) return input
      const signals = uplink.message.signals.filter(({ name }) => name === 'ecg.II')
      return { ...input, uplink: { kind: 'waveform', message: { ...uplink.message, signals } } }
    })
    const beats = beatsOf(run(alone))
    expect(beats.map((timeMs) => Math.round(timeMs / 100))).toEqual(whole.map((timeMs) => Math.round(timeMs / 100)))
  })
})

test('the state survives JSON at any moment: what comes after it is the same', () => {
  const messages = messagesOf({ ...SCRIPT, seconds: 8 })
  const context = { devices: [{ id: 'd1', since: START }] }
  const through = createPatientMonitor({ patient: PATIENT, context })
  for (const [i, input] of messages.entries()) {
    const resumed = createPatientMonitor({ patient: PATIENT, context }, through.snapshot())
    const rest = (monitor: typeof through) => messages.slice(i).flatMap((each) => monitor.telemetry(each))
    const straight = createPatientMonitor({ patient: PATIENT, context })
    for (const each of messages.slice(0, i)) straight.telemetry(each)
    expect(rest(resumed)).toEqual(rest(straight))
    through.telemetry(input)
  }
})
