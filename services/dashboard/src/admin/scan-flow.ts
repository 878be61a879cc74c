import type { Code } from './codes.ts'

/** Who wears a device, from when. */
export interface Wearing {
  device: string
  patient: string
  /** Who wore it until then; null = nobody. */
  before: string | null
}

/** Device and patient, in whichever order they are scanned; then a yes; then done, and it can be undone. */
export type Scan =
  | { step: 'scan'; device?: string; patient?: string; problem?: string }
  | { step: 'confirm'; device: string; patient: string; problem?: string }
  | { step: 'done'; wearing: Wearing; from: number }

export const EMPTY_SCAN: Scan = { step: 'scan' }

/** Which ids there are. */
export interface Known {
  hasDevice(id: string): boolean
  hasPatient(id: string): boolean
}

/** What follows when `code` (undefined: nothing that we can read) was scanned: pure. */
export function scanned(scan: Scan, code: Code | undefined, text: string, known: Known): Scan {
  const { device, patient } = scan.step === 'done' ? {} : scan
  const stay = (problem: string): Scan => ({
    step: 'scan',
    ...(device === undefined ? {} : { device }),
    ...(patient === undefined ? {} : { patient }),
    problem,
  })
  // What was just scanned is still before the camera.
  if (scan.step === 'done' && code !== undefined && [scan.wearing.device, scan.wearing.patient].includes(code.id))
    return scan
  if (code === undefined) return stay(`“${text}” is no code of a device or a patient`)
  const isDevice = code.kind !== 'patient' && known.hasDevice(code.id)
  const isPatient = code.kind !== 'device' && known.hasPatient(code.id)
  if (isDevice && isPatient) return stay(`${code.id} is a device and a patient: scan a label that says which`)
  if (!isDevice && !isPatient) {
    const what = { device: 'no device', patient: 'no patient', plain: 'no device and no patient' }[code.kind]
    return stay(`There is ${what} with the id ${code.id}`)
  }
  const found = isDevice ? { device: code.id, patient } : { device, patient: code.id }
  if (found.device !== undefined && found.patient !== undefined) {
    return { step: 'confirm', device: found.device, patient: found.patient }
  }
  return isDevice ? { step: 'scan', device: code.id } : { step: 'scan', patient: code.id }
}
