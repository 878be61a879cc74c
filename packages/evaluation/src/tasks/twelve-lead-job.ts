import { areContiguous, elevationThresholdMv } from '@pulsewire/detection'
import { openRecord, type RecordRef } from '../sources/databases.ts'
import { diagnosisCodes, readPtbXl } from '../sources/labels.ts'
import { contextOf, patientOfComments } from '../run/patient.ts'
import { measureLeads } from '../run/twelve-leads.ts'
import { FIRST_SAMPLE_MS } from '../run/whole-chain.ts'

/** ST elevation criteria (fourth universal definition) on a record of twelve leads and ten seconds: no reference of the patient's own. */
export interface TwelveLeadJob {
  readonly kind: 'twelve-lead'
  readonly ref: RecordRef
  readonly dataDirectory: string
}

export interface TwelveLeadResult {
  readonly kind: 'twelve-lead'
  readonly ref: RecordRef
  /** J-point level by lead, mV, where it could be measured with certainty. */
  readonly jMv: Readonly<Record<string, number>>
  readonly elevated: readonly string[]
  readonly meetsCriteria: boolean
  /** Statements of PTB-XL (those with a likelihood above 0), or SNOMED codes. */
  readonly codes: readonly string[]
  readonly stage: string
}

const LONGEST_S = 30

export async function runTwelveLead({ ref, dataDirectory }: TwelveLeadJob): Promise<TwelveLeadResult> {
  const record = await openRecord(ref, { toS: LONGEST_S })
  const patient = await patientOf(ref, dataDirectory, record.comments)
  const jMv: Record<string, number> = {}
  for (const [lead, output] of measureLeads(record)) if (!output.uncertain) jMv[lead] = output.jMv
  const context = contextOf(patient)
  const measured = Object.keys(jMv)
  const elevated = measured.filter((lead) => {
    // −aVR looks at the inferior and lateral wall.
    const level = (lead === 'aVR' ? -1 : 1) * (jMv[lead] ?? 0)
    return level >= elevationThresholdMv(lead, context, FIRST_SAMPLE_MS)
  })
  const meetsCriteria = elevated.some((a) => elevated.some((b) => areContiguous(a, b, measured)))
  return { kind: 'twelve-lead', ref, jMv, elevated, meetsCriteria, codes: patient.codes, stage: patient.stage }
}

interface TwelveLeadPatient {
  readonly age: number | undefined
  readonly sex: 'male' | 'female' | undefined
  readonly codes: readonly string[]
  readonly stage: string
}

async function patientOf(
  ref: RecordRef,
  dataDirectory: string,
  comments: readonly string[],
): Promise<TwelveLeadPatient> {
  if (ref.database === 'ptbxl') {
    const row = (await readPtbXl(dataDirectory)).get(ref.name)
    if (row === undefined) throw new Error(`ptbxl: no row for ${ref.name}`)
    // A likelihood of 0 means that none was given (rhythm and form statements), except for diagnoses, where it is weak.
    return { age: row.age, sex: row.sex, stage: row.stage, codes: [...row.codes].map(([code, likelihood]) => (likelihood > 0 ? code : `${code}?`)) } // prettier-ignore
  }
  return { ...patientOfComments(comments), codes: diagnosisCodes(comments), stage: '' }
}
