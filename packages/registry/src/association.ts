import type { Association } from '@pulsewire/contracts'
import type { RegistryState } from './reducer.ts'

type Spans = Association['spans']

/** Who wore `device` at `timeMs`, if anybody. */
export function patientAt(state: RegistryState, device: string, timeMs: number): string | undefined {
  return patientOfSpans(state.associations.get(device)?.entity.spans ?? [], timeMs)
}

function patientOfSpans(spans: Spans, timeMs: number): string | undefined {
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]
    if (span !== undefined && span.from <= timeMs) return span.patient ?? undefined
  }
  return undefined
}

/** The devices that `patient` wore at `timeMs`. */
export function devicesAt(state: RegistryState, patient: string, timeMs: number): string[] {
  const devices: string[] = []
  for (const [device, { entity }] of state.associations) {
    if (patientOfSpans(entity.spans, timeMs) === patient) devices.push(device)
  }
  return devices
}

/**
 * The history with `patient` wearing the device (or nobody: null) from `from` until what is known to begin after it. No entry is
 * dropped as redundant: one that is put in before it later would change what it says.
 */
export function associate(spans: Spans, patient: string | null, from: number): Spans {
  return [...spans.filter((span) => span.from !== from), { patient, from }].sort((a, b) => a.from - b.from)
}
