/**
 * The table of vitals: unit (UCUM), plausible range, codes (LOINC; MDC = ISO/IEEE 11073-10101, partition·65536 + term).
 * Outside the plausible range a message is quarantined. Codes: HL7 FHIR vital-signs profiles and 11073-10101.
 */
export interface NumericVital {
  readonly kind: 'number'
  /** UCUM unit. */
  readonly unit: string
  readonly minimum: number
  readonly maximum: number
  readonly label: string
  readonly loinc?: string
  readonly mdc?: number
}

/** A vital whose value is one of a few words. */
export interface CodedVital {
  readonly kind: 'code'
  readonly unit: string
  readonly values: readonly string[]
  readonly label: string
  readonly loinc?: string
  readonly mdc?: number
}

const number = (
  label: string,
  unit: string,
  minimum: number,
  maximum: number,
  codes: { loinc?: string; mdc?: number } = {},
): NumericVital => ({ kind: 'number', label, unit, minimum, maximum, ...codes })

/** Consciousness on the ACVPU scale of NEWS2: alert, new confusion, voice, pain, unresponsive. */
export const CONSCIOUSNESS = ['A', 'C', 'V', 'P', 'U'] as const
export type Consciousness = (typeof CONSCIOUSNESS)[number]

export const NUMERIC_VITALS = {
  heartRate: number('Heart rate', '/min', 0, 350, { loinc: '8867-4', mdc: 147842 }),
  pulseRate: number('Pulse rate', '/min', 0, 350, { loinc: '8867-4', mdc: 149530 }),
  spo2: number('SpO2', '%', 0, 100, { loinc: '59408-5', mdc: 150456 }),
  respirationRate: number('Respiration rate', '/min', 0, 120, { loinc: '9279-1', mdc: 151562 }),
  systolic: number('Systolic pressure', 'mm[Hg]', 0, 350, { loinc: '8480-6', mdc: 150021 }),
  diastolic: number('Diastolic pressure', 'mm[Hg]', 0, 350, { loinc: '8462-4', mdc: 150022 }),
  meanArterial: number('Mean arterial pressure', 'mm[Hg]', 0, 350, { loinc: '8478-0', mdc: 150023 }),
  temperature: number('Temperature', 'Cel', 10, 50, { loinc: '8310-5', mdc: 150364 }),
  glucose: number('Glucose', 'mg/dL', 0, 1000, { loinc: '99504-3', mdc: 160212 }),
  supplementalOxygen: number('Supplemental oxygen', '1', 0, 1),
  skinConductance: number('Skin conductance', 'uS', 0, 100),
  activity: number('Activity', '1', 0, 1),
  insulinOnBoard: number('Insulin on board', 'U', 0, 100),
  carbohydratesOnBoard: number('Carbohydrates on board', 'g', 0, 1000),
  painScore: number('Pain score', '{score}', 0, 10, { loinc: '72514-3' }),
} as const satisfies Record<string, NumericVital>

export const CODED_VITALS = {
  consciousness: { kind: 'code', label: 'Consciousness (ACVPU)', unit: '1', values: CONSCIOUSNESS, loinc: '67775-7' },
} as const satisfies Record<string, CodedVital>

export type NumericVitalCode = keyof typeof NUMERIC_VITALS
export type CodedVitalCode = keyof typeof CODED_VITALS
/** The names that a device or staff may send. */
export type VitalCode = NumericVitalCode | CodedVitalCode

/**
 * Series that Pulsewire derives by itself; a series is patient + device + code, and a derived one never mixes with what a
 * device reported. `st.<lead>` and `quality.<signal>` are built per signal;
 * `quality.accel` is 0 in a second in which the wearer moved, by a device's accelerometer, else 1.
 */
export const DERIVED_VITALS = {
  'heartRate.ecg': number('Heart rate (ECG)', '/min', 0, 350, { loinc: '8867-4', mdc: 147842 }),
  'respirationRate.ecg': number('Respiration rate (ECG)', '/min', 0, 120, { loinc: '9279-1' }),
  news2: number('NEWS2', '{score}', 0, 20),
} as const satisfies Record<string, NumericVital>

/** The unit (UCUM) of a series by its code; `st.*` is in mV, `quality.*` a fraction; `undefined` = no such code. */
export function unitOf(code: string): string | undefined {
  if (Object.hasOwn(NUMERIC_VITALS, code)) return NUMERIC_VITALS[code as NumericVitalCode].unit
  if (Object.hasOwn(CODED_VITALS, code)) return CODED_VITALS[code as CodedVitalCode].unit
  if (Object.hasOwn(DERIVED_VITALS, code)) return DERIVED_VITALS[code as keyof typeof DERIVED_VITALS].unit
  if (code.startsWith('st.')) return 'mV'
  if (code.startsWith('quality.')) return '1'
  return undefined
}

export function isNumericVital(code: string): code is NumericVitalCode {
  return Object.hasOwn(NUMERIC_VITALS, code)
}

export function isCodedVital(code: string): code is CodedVitalCode {
  return Object.hasOwn(CODED_VITALS, code)
}
