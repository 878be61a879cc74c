import { isId } from '@pulsewire/contracts/ids'

/** What a label or a wristband says. `plain`: an id without saying of what; it is looked up. */
export type Code = { kind: 'device' | 'patient' | 'plain'; id: string }

const PREFIX = 'pulsewire'

/** What the QR code of a label holds: `pulsewire:device:ID` or `pulsewire:patient:ID`. */
export function labelText(kind: 'device' | 'patient', id: string): string {
  return `${PREFIX}:${kind}:${id}`
}

/** What scanners put before a code to say of what kind it was (ISO/IEC 15424), e.g. `]C1` for GS1-128. */
const AIM_IDENTIFIER = /^\][A-Za-z][0-9A-Za-z]/
/** GS1: a recipient of a service (GSRN, 18 digits), with or without the brackets of its printed form. */
const GS1_RECIPIENT = /^\(?8018\)?(\d{18})$/

/**
 * A scanned text as a code: ours, a wristband's GSRN (GS1-128), or a plain id (Code 128, typed by hand). `undefined` for what can be no id.
 * A GSRN leads to the patient with those 18 digits as id.
 */
export function parseCode(scanned: string): Code | undefined {
  // FNC1 comes as a group separator.
  const text = scanned.trim().replace(AIM_IDENTIFIER, '').replaceAll('\u001d', '')
  const [prefix, kind, id, ...more] = text.split(':')
  if (prefix?.toLowerCase() === PREFIX) {
    const known = kind === 'device' || kind === 'patient' ? kind : undefined
    return known !== undefined && id !== undefined && isId(id) && more.length === 0 ? { kind: known, id } : undefined
  }
  const recipient = GS1_RECIPIENT.exec(text)?.[1]
  if (recipient !== undefined) return { kind: 'patient', id: recipient }
  return isId(text) ? { kind: 'plain', id: text } : undefined
}
