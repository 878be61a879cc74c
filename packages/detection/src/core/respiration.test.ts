import { createEcgAnalyzer } from '@pulsewire/ecg'
import { expect, test } from 'vitest'
import { createPatientMonitor } from '../patient-monitor.ts'
import { findingsIn, messagesOf, PATIENT, pointsOf, START } from '../test-support/node.ts'
import type { EcgAnalyzerFactory } from '../types.ts'

/** An analyser that sees the patient breathe thirty times a minute. */
const breathingFast: EcgAnalyzerFactory = (options, snapshot) => {
  const inner = createEcgAnalyzer(options, snapshot)
  return {
    push: (timeMs, samplesMv) => [...inner.push(timeMs, samplesMv), { kind: 'respiration', timeMs, perMin: 30.4 }],
    get seenUntilMs() {
      return inner.seenUntilMs
    },
    snapshot: () => inner.snapshot(),
    view: () => inner.view(),
  }
}

function outputsWith(createAnalyzer: EcgAnalyzerFactory) {
  const context = { devices: [{ id: 'd1', since: START }] }
  const monitor = createPatientMonitor({ patient: PATIENT, context, createAnalyzer })
  const vitals = { heartRate: 125, spo2: 93, systolic: 95, temperature: 36.9, supplementalOxygen: 0, consciousness: 'A' } as const // prettier-ignore
  return messagesOf({ seconds: 60, vitals: () => vitals }).flatMap((input) => monitor.telemetry(input))
}

test('a rate of breathing from the ECG is a series of its own, and scores nothing: NEWS2 still misses the respiration', () => {
  const [outputs, without] = [outputsWith(breathingFast), outputsWith(createEcgAnalyzer)]
  const points = pointsOf(outputs, 'respirationRate.ecg')
  expect(points.length).toBeGreaterThan(10)
  expect(new Set(points.map(([, value]) => value))).toEqual(new Set([30]))
  expect(findingsIn(without).map(({ type }) => type)).toContain('news2')
  expect(findingsIn(outputs)).toEqual(findingsIn(without))
})
