import type { PatientContext } from '@pulsewire/detection'
import { FIRST_SAMPLE_MS } from './whole-chain.ts'

/** What a record says of its patient. */
export interface RecordPatient {
  readonly age: number | undefined
  readonly sex: 'male' | 'female' | undefined
}

/** `Age: 78`, `sex: female`: the comments of the challenges' records and of ptbdb. */
export function patientOfComments(comments: readonly string[]): RecordPatient {
  const field = (name: string): string => {
    const line = comments.find((comment) => comment.toLowerCase().startsWith(`${name}:`))
    return line?.slice(name.length + 1).trim().toLowerCase() ?? '' // prettier-ignore
  }
  const age = Number.parseInt(field('age'), 10)
  const sex = field('sex')
  return {
    age: age >= 0 && age < 130 ? age : undefined,
    sex: sex.startsWith('f') ? 'female' : sex.startsWith('m') ? 'male' : undefined,
  }
}

/** The same for the detector, as of the record's first sample. */
export function contextOf({ age, sex }: RecordPatient): Pick<PatientContext, 'sex' | 'dateOfBirth'> {
  const year = new Date(FIRST_SAMPLE_MS).getUTCFullYear() - 1
  return {
    ...(sex === undefined ? {} : { sex }),
    ...(age === undefined ? {} : { dateOfBirth: `${year - Math.round(age)}-07-01` }),
  }
}
