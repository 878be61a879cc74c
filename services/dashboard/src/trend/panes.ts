import type { NumericVitalCode } from '@pulsewire/contracts/vitals'

/** One series of a pane. */
export interface TrendLine {
  readonly code: string
  readonly label: string
  /** A custom property of the style sheet. */
  readonly tone: string
  /** Measured now and then: points, which no line joins. */
  readonly spot?: true
  readonly isDashed?: true
}

/** What one chart of the stack shows. */
export interface TrendPane {
  readonly key: string
  readonly title: string
  readonly unit: string
  readonly digits: number
  readonly lines: readonly TrendLine[]
  /** The usual range; more where the values leave it. */
  readonly range: readonly [low: number, high: number]
  /** Whose limits are drawn. */
  readonly limit?: NumericVitalCode
}

export const GLUCOSE_PANE_KEY = 'glucose'

const FIXED: readonly TrendPane[] = [
  {
    key: 'hr',
    title: 'Heart rate',
    unit: '/min',
    digits: 0,
    lines: [
      { code: 'heartRate.ecg', label: 'HR (ECG)', tone: '--ecg' },
      { code: 'heartRate', label: 'HR (device)', tone: '--muted', isDashed: true },
    ],
    range: [40, 140],
    limit: 'heartRate',
  },
  {
    key: 'pulse',
    title: 'Pulse rate',
    unit: '/min',
    digits: 0,
    lines: [{ code: 'pulseRate', label: 'Pulse', tone: '--spo2' }],
    range: [40, 140],
    limit: 'pulseRate',
  },
  {
    key: 'spo2',
    title: 'SpO2',
    unit: '%',
    digits: 0,
    lines: [{ code: 'spo2', label: 'SpO2', tone: '--spo2' }],
    range: [84, 100],
    limit: 'spo2',
  },
  {
    key: 'pressure',
    title: 'Pressure',
    unit: 'mmHg',
    digits: 0,
    lines: [
      { code: 'systolic', label: 'Systolic', tone: '--nibp', spot: true },
      { code: 'diastolic', label: 'Diastolic', tone: '--muted', spot: true },
    ],
    range: [40, 180],
    limit: 'systolic',
  },
  {
    key: 'resp',
    title: 'Respiration',
    unit: '/min',
    digits: 0,
    lines: [
      { code: 'respirationRate', label: 'RR (device)', tone: '--resp' },
      { code: 'respirationRate.ecg', label: 'RR (ECG)', tone: '--muted', isDashed: true },
    ],
    range: [5, 35],
    limit: 'respirationRate',
  },
  {
    key: 'temp',
    title: 'Temperature',
    unit: '°C',
    digits: 1,
    lines: [{ code: 'temperature', label: 'Temp', tone: '--temp', spot: true }],
    range: [35, 40],
    limit: 'temperature',
  },
  {
    key: GLUCOSE_PANE_KEY,
    title: 'Glucose',
    unit: 'mg/dL',
    digits: 0,
    lines: [{ code: 'glucose', label: 'Glucose', tone: '--glucose', spot: true }],
    range: [40, 250],
    limit: 'glucose',
  },
  {
    key: 'news2',
    title: 'NEWS2',
    unit: '',
    digits: 0,
    lines: [{ code: 'news2', label: 'NEWS2', tone: '--text', spot: true }],
    range: [0, 12],
  },
]

const ST_TONES = ['--ecg', '--spo2', '--glucose', '--text', '--temp', '--abp'] as const

/** The panes that a patient can have: the fixed ones, and ST levels of the leads among `codes`. */
export function panesOf(codes: Iterable<string>): TrendPane[] {
  const leads = [...new Set(codes)].filter((code) => code.startsWith('st.')).sort()
  const lines = leads.map((code, index): TrendLine => ({
    code,
    label: `ST ${code.slice(3)}`,
    tone: ST_TONES[index % ST_TONES.length] ?? '--ecg',
    ...(index >= ST_TONES.length ? { isDashed: true as const } : {}),
  }))
  if (lines.length === 0) return [...FIXED]
  return [...FIXED, { key: 'st', title: 'ST level', unit: 'mV', digits: 2, lines, range: [-0.2, 0.2] }]
}

/** What a page shows where nobody has chosen. */
export const USUAL_PANES: readonly string[] = ['hr', 'spo2', 'pressure', 'resp', 'news2']

/** A pane's vertical range: the usual one, and more where values or limits leave it. */
export function spread(
  [low, high]: readonly [number, number],
  valuesLow: number | null,
  valuesHigh: number | null,
): [number, number] {
  const margin = (high - low) / 40
  return [
    valuesLow === null || valuesLow - margin >= low ? low : valuesLow - margin,
    valuesHigh === null || valuesHigh + margin <= high ? high : valuesHigh + margin,
  ]
}
