import type { Finding, FindingType } from '@pulsewire/contracts'
import type { FindingStatement } from '../types.ts'
import type { FindingBook } from './finding-book.ts'

type Side = 'low' | 'high'

const FAST = ['ventricular-fibrillation', 'ventricular-tachycardia', 'extreme-tachycardia', 'tachycardia'] as const
const SLOW = ['ventricular-fibrillation', 'asystole', 'extreme-bradycardia', 'bradycardia'] as const

/** Alarms that say of a vital's limit what it would say, and more. */
const BY_TYPE: Readonly<Record<string, Readonly<Record<Side, readonly FindingType[]>>>> = {
  heartRate: { low: SLOW, high: FAST },
  pulseRate: { low: SLOW, high: FAST },
}
/** A vital whose limit on the same side says it already: the pulse is the heart's, and one cuff gives all three pressures. */
const BY_LIMIT: Readonly<Record<string, string>> = {
  pulseRate: 'heartRate',
  diastolic: 'systolic',
  meanArterial: 'systolic',
}

/**
 * One thing rings once: a limit whose alarm would say again what another one that rings says already, with no less priority, is kept as a finding with
 * the reason. It rings as soon as the other does not any more; and what rings itself is never taken back.
 */
export function quietWhereCovered(statement: FindingStatement, book: FindingBook): FindingStatement {
  const { type, qualifier, code = '', side, priority } = statement
  if (priority === undefined || side === undefined) return statement
  if (book.get(type, qualifier)?.priority !== undefined) return statement
  const types = BY_TYPE[code]?.[side] ?? []
  const limit = BY_LIMIT[code]
  const covers = (other: Finding): boolean =>
    (priority === other.priority || other.priority === 'high') &&
    (types.includes(other.type) || (limit !== undefined && other.code === limit && other.side === side))
  const cover = book.all().find(covers)
  if (cover === undefined) return statement
  const { priority: _none, ...rest } = statement
  const name = cover.code ?? cover.type
  return { ...rest, evidence: { ...statement.evidence, suppressed: `the alarm ${name} says it already` } }
}
