import { MAX_SIGNALS_PER_BLOCK } from '@pulsewire/contracts'
import { expect, test } from 'vitest'
import { createPatientMonitor } from '../patient-monitor.ts'
import { messagesOf, PATIENT, START } from '../test-support/node.ts'

test('a device that names ever new leads costs no more than one block of them, and its first lead is analysed on', () => {
  const monitor = createPatientMonitor({ patient: PATIENT, context: { devices: [{ id: 'd1', since: START }] } })
  const leads = ['II', ...Array.from({ length: 99 }, (_, i) => `X${i}`)]
  const points = messagesOf({ seconds: 12, leads, bpm: () => 70 })
    .flatMap((input) => monitor.telemetry(input))
    .flatMap((output) => (output.kind === 'derived' ? [JSON.stringify(output)] : []))
  const codes = new Set(points.flatMap((text) => text.match(/quality\.ecg\.\w+/g) ?? []))
  expect(codes.size).toBe(MAX_SIGNALS_PER_BLOCK)
  expect(codes).toContain('quality.ecg.II')
  expect(points.some((text) => text.includes('heartRate.ecg'))).toBe(true)
})
