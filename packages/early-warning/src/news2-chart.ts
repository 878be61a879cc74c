import {
  pulsePoints,
  respirationPoints,
  spo2Scale1Points,
  spo2Scale2Points,
  systolicPoints,
  temperaturePoints,
  type News2Score,
} from './news2.ts'

/** A row of the observation chart: the values that belong into it, and the points that they score. */
export interface News2Row {
  readonly label: string
  /** Lowest and highest value, both included, in the chart's step. */
  readonly from: number
  readonly to: number
  readonly points: number
  /** A row of SpO2 scale 2 for patients on oxygen, or on air, alone. */
  readonly oxygen?: 0 | 1
}

/** A numeric parameter of the chart. */
export interface News2Section {
  readonly parameter: 'respirationRate' | 'spo2' | 'systolic' | 'pulse' | 'temperature'
  readonly title: string
  readonly unit: string
  /** To which values are rounded before they are scored and plotted. */
  readonly step: 1 | 0.1
  /** From the top of the chart, the highest values first. */
  readonly rows: readonly News2Row[]
}

/**
 * Rows from their lowest values, highest first, down to everything below the last. The points of a row are those of its values: what the score
 * says, asked here once.
 */
function rowsFrom(lows: readonly number[], step: 1 | 0.1, pointsOf: (value: number) => number): News2Row[] {
  const digits = step === 1 ? 0 : 1
  const text = (value: number) => value.toFixed(digits)
  const top = lows[0] ?? 0
  const rows = lows.map((from, index): News2Row => {
    const above = lows[index - 1]
    if (above === undefined) return { label: `≥ ${text(from)}`, from, to: Infinity, points: pointsOf(from) }
    const to = Number((above - step).toFixed(digits))
    const label = from === to ? text(from) : `${text(from)}–${text(to)}`
    return { label, from, to, points: pointsOf(from) }
  })
  const to = Number(((lows.at(-1) ?? top) - step).toFixed(digits))
  return [...rows, { label: `≤ ${text(to)}`, from: -Infinity, to, points: pointsOf(to) }]
}

/** Points on oxygen; where the row is the same on air, that is what they are. */
const onOxygen = (percent: number) => spo2Scale2Points(percent, 1) ?? 0

const SPO2_SCALE_2: readonly News2Row[] = [
  ...rowsFrom([97, 95, 93], 1, onOxygen)
    .slice(0, 3)
    .map((row): News2Row => ({ ...row, label: `${row.label} on O₂`, oxygen: 1 })),
  { label: '≥ 93 on air', from: 93, to: Infinity, points: spo2Scale2Points(93, 0) ?? 0, oxygen: 0 },
  ...rowsFrom([93, 88, 86, 84], 1, onOxygen).slice(1),
]

/**
 * The numeric sections of the observation chart of the Royal College of Physicians (2017) in its order, with its rows. [K: the rows are those of
 * the printed chart; their points are this package's own]
 */
export function news2Chart(spo2Scale: 1 | 2): readonly News2Section[] {
  const spo2Rows = spo2Scale === 1 ? rowsFrom([96, 94, 92], 1, spo2Scale1Points) : SPO2_SCALE_2
  return [
    {
      parameter: 'respirationRate',
      title: 'Respirations',
      unit: '/min',
      step: 1,
      rows: rowsFrom([25, 21, 18, 15, 12, 9], 1, respirationPoints),
    },
    { parameter: 'spo2', title: `SpO2 scale ${spo2Scale}`, unit: '%', step: 1, rows: spo2Rows },
    {
      parameter: 'systolic',
      title: 'Blood pressure, systolic',
      unit: 'mmHg',
      step: 1,
      rows: rowsFrom([220, 201, 181, 161, 141, 121, 111, 101, 91, 81, 71, 61, 51], 1, systolicPoints),
    },
    {
      parameter: 'pulse',
      title: 'Pulse',
      unit: '/min',
      step: 1,
      rows: rowsFrom([131, 121, 111, 101, 91, 81, 71, 61, 51, 41, 31], 1, pulsePoints),
    },
    {
      parameter: 'temperature',
      title: 'Temperature',
      unit: '°C',
      step: 0.1,
      rows: rowsFrom([39.1, 38.1, 37.1, 36.1, 35.1], 0.1, temperaturePoints),
    },
  ]
}

/** The row that a value belongs into; `undefined` where that depends on the oxygen and nobody knows it. */
export function news2RowOf(section: News2Section, value: number, oxygen?: number): News2Row | undefined {
  const rounded = section.step === 1 ? Math.round(value) : Math.round(value * 10 + 1e-6) / 10
  const fits = section.rows.filter(({ from, to }) => rounded >= from && rounded <= to)
  if (fits.every((row) => row.oxygen === undefined)) return fits[0]
  if (oxygen === undefined) return undefined
  return fits.find((row) => row.oxygen === (oxygen > 0 ? 1 : 0))
}

/** What a score asks for. */
export interface News2Response {
  readonly level: 'low' | 'low-medium' | 'medium' | 'high'
  readonly title: string
  readonly what: string
  readonly howOften: string
}

/** [K: thresholds and triggers, RCP 2017, charts 2 and 4; to be confirmed by the ward] */
const RESPONSES = {
  none: {
    level: 'low',
    title: '0',
    what: 'Routine monitoring',
    howOften: 'at least every 12 hours',
  },
  low: {
    level: 'low',
    title: '1–4',
    what: 'A registered nurse assesses, and decides on more frequent monitoring or escalation',
    howOften: 'at least every 4 to 6 hours',
  },
  single: {
    level: 'low-medium',
    title: '3 in one parameter',
    what: 'Urgent review by a clinician of the ward',
    howOften: 'at least every hour',
  },
  medium: {
    level: 'medium',
    title: '5–6',
    what: 'Urgent response: inform the medical team at once, urgent assessment by a clinician or team competent in acute illness',
    howOften: 'at least every hour',
  },
  high: {
    level: 'high',
    title: '7 or more',
    what: 'Emergency response: emergency assessment by a team with critical care competencies',
    howOften: 'continuously',
  },
} as const satisfies Record<string, News2Response>

/** All responses, the least urgent first. */
export const NEWS2_RESPONSES: readonly News2Response[] = Object.values(RESPONSES)

/** What a score asks for; of one that is not complete, what is known of it asks for at least this. */
export function news2Response({ score, singleThree }: Pick<News2Score, 'score' | 'singleThree'>): News2Response {
  if (score >= 7) return RESPONSES.high
  if (score >= 5) return RESPONSES.medium
  if (singleThree) return RESPONSES.single
  return score === 0 ? RESPONSES.none : RESPONSES.low
}
