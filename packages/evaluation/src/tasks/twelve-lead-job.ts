import { judgeElevation, type LeadMeasurement } from '@pulsewire/detection'
import { injuryFor, injuryOf, withInjury, type Site } from '../model/injury.ts'
import { openRecord, type RecordRef } from '../sources/databases.ts'
import { diagnosisCodes, readPtbXl } from '../sources/labels.ts'
import { contextOf, patientOfComments } from '../run/patient.ts'
import { analyseLead } from '../run/single-lead.ts'
import { leadsOf, measureLeads, measurementsOf } from '../run/twelve-leads.ts'
import { FIRST_SAMPLE_MS } from '../run/whole-chain.ts'

/** ST criteria on a record of twelve leads and ten seconds: no reference of the patient's own. */
export interface TwelveLeadJob {
  readonly kind: 'twelve-lead'
  readonly ref: RecordRef
  readonly dataDirectory: string
}

/** What was said of one recording. */
export interface Verdict {
  /** J-point elevation in contiguous leads after the fourth universal definition. */
  readonly meetsDefinition: boolean
  /** What the product says: the same where nothing explains it better, and what else speaks for an infarction. */
  readonly suspected: boolean
  readonly reasons: readonly string[]
}

export interface TwelveLeadResult extends Verdict {
  readonly kind: 'twelve-lead'
  readonly ref: RecordRef
  /** J-point level by lead, mV, where onset and end of QRS are plain. */
  readonly jMv: Readonly<Record<string, number>>
  /** PTB-XL: the same recording with a modelled injury current, so many times the threshold in the lead that shows it best. */
  readonly injured: readonly (Verdict & { readonly site: Site; readonly times: number })[]
  /** Statements of PTB-XL (those with a likelihood above 0), or SNOMED codes. */
  readonly codes: readonly string[]
  readonly stage: string
}

const LONGEST_S = 30
/** Injuries of two sizes, in the lead that shows them best: this often the threshold there (that of a man of 40 and more). */
export const INJURY_TIMES = [1.5, 3] as const
const THRESHOLD_MV: Readonly<Record<Site, number>> = { anterior: 0.2, inferior: 0.1, lateral: 0.1, posterior: 0.1 }

export async function runTwelveLead({ ref, dataDirectory }: TwelveLeadJob): Promise<TwelveLeadResult> {
  const record = await openRecord(ref, { toS: LONGEST_S })
  const patient = await patientOf(ref, dataDirectory, record.comments)
  const leads = leadsOf(record)
  const outputs = measureLeads(leads, record.rateHz)
  const measurements = measurementsOf(outputs)
  const { site, shape } = injuryFor(ref.name)
  const injured =
    ref.database === 'ptbxl'
      ? INJURY_TIMES.map((times) => {
          const mv = times * THRESHOLD_MV[site]
          const changed = leads.map(({ lead, samplesMv }) => {
            const output = outputs.get(lead)
            if (output === undefined) return { lead, samplesMv }
            const beatsMs = analyseLead(samplesMv, record.rateHz, lead).beats.map(
              ({ sample }) => (sample / record.rateHz) * 1000,
            )
            const injury = { jMv: mv * injuryOf(site, lead), shape }
            return { lead, samplesMv: withInjury(samplesMv, record.rateHz, beatsMs, output.average.jMs, injury) }
          })
          return { site, times, ...verdictOn(measurementsOf(measureLeads(changed, record.rateHz)), patient) }
        })
      : []
  return {
    kind: 'twelve-lead',
    ref,
    jMv: Object.fromEntries(measurements.map(({ lead, jMv }) => [lead, jMv])),
    ...verdictOn(measurements, patient),
    injured,
    codes: patient.codes,
    stage: patient.stage,
  }
}

function verdictOn(measurements: readonly LeadMeasurement[], patient: TwelveLeadPatient): Verdict {
  const judged = judgeElevation(measurements, contextOf(patient), FIRST_SAMPLE_MS)
  return {
    meetsDefinition: judged.definition.length > 0,
    suspected: judged.suspected,
    reasons: [
      ...judged.reasonsFor.map((reason) => `+${reason}`),
      ...judged.reasonsAgainst.map((reason) => `-${reason}`),
    ],
  }
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
