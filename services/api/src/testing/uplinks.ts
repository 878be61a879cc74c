import type { UplinkMessage } from '@pulsewire/contracts'

let seq = 0
/** A vitals message with a heart rate. */
export function vitals(heartRate: number, at = Date.now()): UplinkMessage {
  return { kind: 'vitals', message: { boot: 'b', seq: seq++, at, vitals: { heartRate } } }
}
/** A block in which every sample is 1 mV. */
export function block(samples: number, at = Date.now(), names = ['ecg.II', 'ppg']): UplinkMessage {
  const signals = names.map((name) => ({
    name,
    unit: 'mV',
    scale: 0.005,
    offset: 0,
    samples: new Int16Array(samples).fill(200),
  }))
  return { kind: 'waveform', message: { boot: 'b', seq: seq++, at, rateHz: 250, signals } }
}
