import type { UplinkMessage, WaveformMessage } from '@pulsewire/contracts'
import type { CoreItem } from '../types.ts'

/** An item as JSON: samples as differences, which are short. */
export type StoredItem = { readonly item: unknown; readonly samples?: readonly number[][] }

/** For a snapshot. */
export function storeItem(item: CoreItem): StoredItem {
  if (item.kind !== 'telemetry' || item.uplink.kind !== 'waveform') return { item }
  const { message } = item.uplink
  const signals = message.signals.map(({ samples: _left, ...signal }) => signal)
  return {
    item: { ...item, uplink: { kind: 'waveform', message: { ...message, signals } } },
    samples: message.signals.map(({ samples }) => differences(samples)),
  }
}

export function restoreItem({ item, samples }: StoredItem): CoreItem {
  const restored = item as CoreItem
  if (samples === undefined || restored.kind !== 'telemetry' || restored.uplink.kind !== 'waveform') return restored
  const message: WaveformMessage = {
    ...restored.uplink.message,
    signals: restored.uplink.message.signals.map((signal, index) => ({
      ...signal,
      samples: fromDifferences(samples[index] ?? []),
    })),
  }
  const uplink: UplinkMessage = { kind: 'waveform', message }
  return { ...restored, uplink }
}

function differences(samples: Int16Array): number[] {
  let before = 0
  return Array.from(samples, (sample) => {
    const difference = sample - before
    before = sample
    return difference
  })
}

function fromDifferences(stored: readonly number[]): Int16Array {
  const samples = new Int16Array(stored.length)
  let value = 0
  stored.forEach((difference, index) => {
    value += difference
    samples[index] = value
  })
  return samples
}

/** How many samples an item holds: what it costs to keep. */
export function samplesOf(item: CoreItem): number {
  if (item.kind !== 'telemetry' || item.uplink.kind !== 'waveform') return 0
  return item.uplink.message.signals.reduce((sum, { samples }) => sum + samples.length, 0)
}
