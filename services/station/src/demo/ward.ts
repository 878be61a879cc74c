import type { Patient } from '@pulsewire/contracts'
import type { BundledRecord } from '@pulsewire/replay'
import type { ScenarioName } from '@pulsewire/wearable'

/** Where a demo patient's signals come from. */
export type DemoSource =
  | { readonly kind: 'record'; readonly record: BundledRecord }
  | { readonly kind: 'scenario'; readonly scenario: ScenarioName; readonly seed: number }

export interface DemoPatient {
  readonly patient: Patient
  readonly device: string
  readonly source: DemoSource
}

const bed = (
  number: number,
  name: string,
  dateOfBirth: string,
  sex: 'female' | 'male',
  source: DemoSource,
): DemoPatient => ({
  patient: { kind: 'patient', id: `demo-${number}`, name, dateOfBirth, sex, place: `Bed ${number}` },
  device: `demo-patch-${number}`,
  source,
})
const record = (name: BundledRecord): DemoSource => ({ kind: 'record', record: name })
const scenario = (name: ScenarioName, seed: number): DemoSource => ({ kind: 'scenario', scenario: name, seed })

/**
 * The demo ward: invented people. Three wear recordings of real hearts (MIT-BIH Arrhythmia Database, see simulators/replay/records),
 * five are simulated; the one in bed 4 has a heart attack that begins 30 s after the start. In bed 5 an electrode is off for half a minute
 * after four minutes, bed 7 deteriorates within ten, and the one in bed 8 fibrillates after six, until a shock ends it half a minute later.
 */
export const DEMO_WARD: readonly DemoPatient[] = [
  bed(1, 'E. Lindqvist', '1951-03-12', 'female', record('101')),
  bed(2, 'T. Okafor', '1962-11-02', 'male', scenario('healthy', 2)),
  bed(3, 'M. Reyes', '1955-07-23', 'female', record('119')),
  bed(4, 'J. Tanaka', '1958-01-30', 'male', scenario('inferior-infarction', 4)),
  bed(5, 'A. Novak', '1990-09-14', 'female', scenario('lead-off-once', 5)),
  bed(6, 'S. Haddad', '1949-05-08', 'male', record('201')),
  bed(7, 'P. Mbeki', '1971-12-19', 'male', scenario('sepsis', 7)),
  bed(8, 'L. Moreau', '1983-06-27', 'female', scenario('fibrillation-shocked', 8)),
]
