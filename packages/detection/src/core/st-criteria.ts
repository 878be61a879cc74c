import type { StOutput } from '@pulsewire/ecg'
import type { PatientContext } from '../types.ts'
import { contiguousAmong, elevationThresholdMv, regionOf } from './lead-geometry.ts'

/** What is known of the ST segment and the complex of a lead at one time. */
export interface LeadMeasurement extends Pick<
  StOutput,
  'jMv' | 'j60Mv' | 'j80Mv' | 'qrsMs' | 'qMv' | 'rMv' | 'sMv' | 'tAmplitudeMv' | 'qtMs' | 'errorMv'
> {
  readonly lead: string
  /** NaN where it is not known. */
  readonly heartRate: number
}

/** Why an elevation is likely to be none of an infarction, or likely to be one. */
export type StReason =
  | 'reciprocal-depression'
  | 'convex-st'
  | 'concordant-st'
  | 'out-of-proportion'
  | 'posterior-pattern'
  | 'broad-qrs'
  | 'hypertrophy'
  | 'early-repolarisation'
  | 'diffuse-without-reciprocal'

export interface StCriteria {
  /** The fourth universal definition's elevation alone: contiguous leads whose J point is above its threshold; empty = not met. */
  readonly definition: readonly string[]
  /** The same, and nothing explains it better (see `judgeElevation`). */
  readonly suspected: boolean
  readonly leads: readonly string[]
  readonly region: string | undefined
  readonly reciprocal: readonly string[]
  readonly reasonsFor: readonly StReason[]
  readonly reasonsAgainst: readonly StReason[]
}

/** A level that is uncertain by more (standard error) is not compared with a threshold of 0.1 mV. */
const MOST_ERROR_MV = 0.03
const RECIPROCAL_MV = -0.05
/** QRS of 120 ms and more: the ST segment follows the complex (Thygesen 2018). */
const BROAD_MS = 120
/**
 * ST against the wave that it goes with, broad complexes: modified Sgarbossa criteria, Smith 2012, doi 10.1016/j.annemergmed.2012.07.119
 * [S: hqmeded-ecg.blogspot.com/2015/11].
 */
const CONCORDANT_MV = 0.1
const DISCORDANT_PART = 0.25
/** ST against R and S in hypertrophy: Armstrong 2012, doi 10.1016/j.amjcard.2012.05.032 [S: umem.org/educational_pearls/2030]. */
const HYPERTROPHY_PART = 0.25
/** Subtle anterior occlusion against early repolarisation: four variables, Driver & Smith 2017, doi 10.1016/j.jelectrocard.2017.04.005 [K]. */
const ANTERIOR_CUT = 18.2
/** Early repolarisation: the J point is low against a tall T wave (Ginzton & Laks 1982 have 0.25 in V6 [K]), and the segment rises. */
const J_OF_T = 0.25
const OPPOSITE: Readonly<Record<string, readonly string[]>> = {
  inferior: ['aVL', 'I'],
  lateral: ['III', 'aVF', 'II'],
  anterior: ['III', 'aVF', 'II'],
}
const FRONT = ['V1', 'V2', 'V3', 'V4']
/** Pericarditis shows in most leads of every wall; a limb lead may stay below the threshold of the definition. */
const DIFFUSE_MV = 0.05
const DIFFUSE_LEADS = 7
/** Depressed there it belongs to the pericarditis; anywhere else it is reciprocal. */
const DIFFUSE_OPPOSITE = ['aVR', 'V1']
const LEVEL_MV = -0.025
const POSTERIOR_MV = -0.05
const STRAIN_MV = 0.05

/**
 * Judges leads measured at one time, without a reference of the patient's own. The definition's elevation counts unless something explains it
 * better: a broad complex or hypertrophy (then only ST out of proportion, or on the wrong side, counts), or early repolarisation (a low,
 * rising segment before a tall T, no depression opposite).
 */
export function judgeElevation(
  all: readonly LeadMeasurement[],
  patient: Pick<PatientContext, 'sex' | 'dateOfBirth'>,
  atMs: number,
): StCriteria {
  const leads = all.filter(({ errorMv }) => errorMv <= MOST_ERROR_MV)
  const measured = leads.map(({ lead }) => lead)
  const isElevated = (each: LeadMeasurement): boolean =>
    signed(each, each.jMv) >= elevationThresholdMv(each.lead, patient, atMs)
  const definition = contiguousAmong(leads.filter(isElevated).map(({ lead }) => lead), measured) // prettier-ignore
  const elevated = leads.filter(({ lead }) => definition.includes(lead))
  const region = elevated.length > 0 ? regionOf(definition) : undefined
  const reciprocal = reciprocalOf(leads, definition, region)
  const reasonsFor: StReason[] = []
  const reasonsAgainst: StReason[] = []
  const told = (suspected: boolean, names: readonly string[], at = region): StCriteria => ({
    definition,
    suspected,
    leads: names,
    region: at,
    reciprocal,
    reasonsFor,
    reasonsAgainst,
  })

  const broad = leads.filter(({ qrsMs }) => qrsMs >= BROAD_MS)
  const isBroad = broad.length > 0 && broad.length * 2 >= leads.length
  if (isBroad && !isRightBundle(leads)) {
    reasonsAgainst.push('broad-qrs')
    const concordant = leads.filter(isConcordant)
    if (concordant.length > 0) reasonsFor.push('concordant-st')
    const disproportionate = leads.filter(isOutOfProportion)
    if (disproportionate.length > 0) reasonsFor.push('out-of-proportion')
    const names = [...new Set([...concordant, ...disproportionate].map(({ lead }) => lead))]
    return told(names.length > 0, names, names.length > 0 ? regionOf(names) : region)
  }
  if (elevated.length === 0) {
    const posterior = isBroad ? [] : posteriorLeads(leads, measured)
    if (posterior.length > 0) reasonsFor.push('posterior-pattern')
    return told(posterior.length > 0, posterior, posterior.length > 0 ? 'posterior' : undefined)
  }

  if (reciprocal.length > 0) reasonsFor.push('reciprocal-depression')
  if (elevated.some(isConvex)) reasonsFor.push('convex-st')
  let left = elevated
  if (isHypertrophic(leads, patient)) {
    // What follows a tall complex is on the other side of it.
    const secondary = left.filter(
      (each) => isDiscordant(each) && signed(each, each.jMv) < HYPERTROPHY_PART * heightOf(each),
    )
    if (secondary.length > 0) reasonsAgainst.push('hypertrophy')
    left = left.filter((each) => !secondary.includes(each))
  }
  if (reasonsFor.length === 0) {
    const early = left.filter((each) => isEarlyRepolarisation(each, leads))
    if (early.length > 0) reasonsAgainst.push('early-repolarisation')
    left = left.filter((each) => !early.includes(each))
  }
  // An occlusion cannot be ruled out by it: it is named, and lowers the confidence.
  if (reasonsFor.length === 0 && isDiffuse(leads)) reasonsAgainst.push('diffuse-without-reciprocal')
  const names = contiguousAmong(left.map(({ lead }) => lead), measured) // prettier-ignore
  return told(names.length > 0, names.length > 0 ? names : definition)
}

/** −aVR looks at the inferior and lateral wall: its elevation is aVR's depression. */
function signed({ lead }: LeadMeasurement, mv: number): number {
  return lead === 'aVR' ? -mv : mv
}

const heightOf = ({ rMv, qMv, sMv }: LeadMeasurement): number => rMv - Math.min(qMv, sMv)
const netOf = ({ rMv, qMv, sMv }: LeadMeasurement): number => rMv + Math.min(qMv, sMv)
/** Elevation under a complex that points down. */
const isDiscordant = (each: LeadMeasurement): boolean => netOf(each) * each.jMv < 0

function leadOf(leads: readonly LeadMeasurement[], name: string): LeadMeasurement | undefined {
  return leads.find(({ lead }) => lead === name)
}

/** Broad, and V1 points up at its end: there only V1 to V3 are bent, and downwards. */
function isRightBundle(leads: readonly LeadMeasurement[]): boolean {
  const v1 = leadOf(leads, 'V1')
  return v1 !== undefined && netOf(v1) > 0
}

function isConcordant(each: LeadMeasurement): boolean {
  if (each.lead === 'aVR') return false
  const right = ['V1', 'V2', 'V3'].includes(each.lead)
  return each.jMv >= CONCORDANT_MV ? netOf(each) > 0 : right && each.jMv <= -CONCORDANT_MV && netOf(each) < 0
}

function isOutOfProportion(each: LeadMeasurement): boolean {
  if (each.lead === 'aVR') return false
  const opposite = Math.min(each.qMv, each.sMv)
  return each.jMv >= CONCORDANT_MV && netOf(each) < 0 && each.jMv >= -DISCORDANT_PART * opposite
}

/** Sokolow & Lyon 1949, Cornell (Casale 1985), or R in aVL above 1.1 mV, as Armstrong 2012 takes them [S: ecg-quiz.com, medicalcriteria.com]. */
function isHypertrophic(leads: readonly LeadMeasurement[], { sex }: Pick<PatientContext, 'sex'>): boolean {
  const r = (name: string): number => leadOf(leads, name)?.rMv ?? 0
  const s = (name: string): number => {
    const lead = leadOf(leads, name)
    return lead === undefined ? 0 : -Math.min(lead.qMv, lead.sMv)
  }
  const cornellMv = sex === 'female' ? 2 : 2.8
  return s('V1') + Math.max(r('V5'), r('V6')) >= 3.5 || r('aVL') + s('V3') > cornellMv || r('aVL') > 1.1
}

/** Depressed at J, and still at J+60, opposite to the elevated wall. */
function reciprocalOf(
  leads: readonly LeadMeasurement[],
  elevated: readonly string[],
  region: string | undefined,
): string[] {
  const opposite = region === undefined ? [] : (OPPOSITE[region] ?? [])
  return leads
    .filter(({ lead }) => opposite.includes(lead) && !elevated.includes(lead))
    .filter(({ jMv, j60Mv }) => jMv <= RECIPROCAL_MV && j60Mv <= RECIPROCAL_MV)
    .map(({ lead }) => lead)
}

/** The middle of the segment is above the straight line from J to J+80. */
function isConvex(each: LeadMeasurement): boolean {
  const [j, middle, end] = [each.jMv, each.j60Mv, each.j80Mv].map((mv) => signed(each, mv))
  if (j === undefined || middle === undefined || end === undefined) return false
  return middle > j + 0.75 * (end - j) + 0.01
}

function isEarlyRepolarisation(each: LeadMeasurement, leads: readonly LeadMeasurement[]): boolean {
  const j = signed(each, each.jMv)
  const t = signed(each, each.tAmplitudeMv)
  const rising = signed(each, each.j80Mv) >= j
  if (['V2', 'V3', 'V4'].includes(each.lead)) {
    const score = anteriorScore(leads)
    if (score !== undefined) return rising && score < ANTERIOR_CUT
  }
  return rising && j < J_OF_T * t && netOf(each) * (each.lead === 'aVR' ? -1 : 1) > 0
}

/**
 * The pattern of acute pericarditis: concave elevation of the lateral, inferior and anterior walls at once, more in II than in III, aVR
 * depressed, no depression in any other lead but V1 (ESC guideline on pericardial diseases 2015 [S: droracle.ai/articles/579010; Knoop, Atlas
 * of Emergency Medicine, ch. 23]; an inferior occlusion nearly always depresses aVL [S: PMC11492056]). The amounts are our own. Depression of
 * PR is not asked for: the levels are measured against PR, so that it is in them already.
 */
function isDiffuse(leads: readonly LeadMeasurement[]): boolean {
  const others = leads.filter(({ lead }) => !DIFFUSE_OPPOSITE.includes(lead))
  const elevated = others.filter(
    ({ jMv, j60Mv, j80Mv }) => jMv >= DIFFUSE_MV && j60Mv >= jMv && j80Mv >= j60Mv && j80Mv > jMv,
  )
  const isUp = (name: string): boolean => elevated.some(({ lead }) => lead === name)
  const isNowhereDown = others.every(({ jMv, j60Mv }) => jMv > LEVEL_MV && j60Mv > LEVEL_MV)
  const [two, three, right] = [leadOf(leads, 'II'), leadOf(leads, 'III'), leadOf(leads, 'aVR')]
  return (
    elevated.length >= DIFFUSE_LEADS &&
    isNowhereDown &&
    isUp('I') &&
    isUp('II') &&
    (isUp('V5') || isUp('V6')) &&
    (isUp('V2') || isUp('V3') || isUp('V4')) &&
    (two?.jMv ?? 0) > (three?.jMv ?? 0) &&
    (right?.jMv ?? 0) < 0
  )
}

/**
 * 0.052 QTc(Bazett) − 0.151 QRS(V2) − 0.268 R(V4) + 1.062 ST60(V3), ms and mm: 18.2 and above = occlusion of the LAD.
 * `undefined` where one of them is not known.
 */
function anteriorScore(leads: readonly LeadMeasurement[]): number | undefined {
  const [v2, v3, v4] = [leadOf(leads, 'V2'), leadOf(leads, 'V3'), leadOf(leads, 'V4')]
  if (v2 === undefined || v3 === undefined || v4 === undefined) return undefined
  const qtMs = [v2.qtMs, v3.qtMs, v4.qtMs].filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b)
  const middle = qtMs[qtMs.length >> 1]
  if (middle === undefined || Number.isNaN(v3.heartRate)) return undefined
  const qtc = middle / Math.sqrt(60 / v3.heartRate)
  return 0.052 * qtc - 1.51 * heightOf(v2) - 2.68 * v4.rMv + 10.62 * v3.j60Mv
}

/**
 * Depression that is deepest in V1 to V4 and no more than half as deep in V5 and V6: the back wall seen from the front (Thygesen 2018: record
 * V7 to V9; deepest in V1–V4 tells occlusion from demand: Meyers 2021, doi 10.1161/JAHA.121.022866 [S: its abstract]).
 */
function posteriorLeads(leads: readonly LeadMeasurement[], measured: readonly string[]): string[] {
  const side = ['V5', 'V6'].map((name) => leadOf(leads, name)?.jMv ?? -Infinity)
  const deepestSide = Math.min(0, ...side)
  const front = leads.filter(
    // A segment that goes on falling belongs to the strain of the right ventricle.
    ({ lead, jMv, j60Mv, j80Mv }) =>
      FRONT.includes(lead) && jMv <= POSTERIOR_MV && j60Mv <= POSTERIOR_MV && j80Mv >= jMv - STRAIN_MV,
  )
  const deepest = Math.min(...front.map(({ jMv }) => jMv))
  if (deepest > 2 * deepestSide) return []
  return contiguousAmong(
    front.map(({ lead }) => lead),
    measured,
  )
}
