import type { Role } from '@pulsewire/contracts'
import type { FunctionComponent } from 'preact'
import { BurdenPage } from './burden/burden-page.tsx'
import { HandOverPage } from './hand-over/hand-over-page.tsx'
import { StatisticsPage } from './statistics/statistics-page.tsx'

/** A report: the last part of its address, its name, its page, and who may read it. */
interface ReportSection {
  readonly name: string
  readonly label: string
  readonly Page: FunctionComponent
  readonly roles: readonly Role[]
}

const WARD: readonly Role[] = ['admin', 'clinician', 'viewer']

const SECTIONS: readonly ReportSection[] = [
  { name: 'hand-over', label: 'Shift hand-over', Page: HandOverPage, roles: WARD },
  { name: 'burden', label: 'Alarm burden', Page: BurdenPage, roles: [...WARD, 'analyst'] },
  { name: 'statistics', label: 'Ward statistics', Page: StatisticsPage, roles: [...WARD, 'analyst'] },
]

/** The reports that somebody with these roles may read. */
export function sectionsFor(roles: readonly Role[]): readonly ReportSection[] {
  return SECTIONS.filter((section) => section.roles.some((role) => roles.includes(role)))
}

/** Without a live view of the ward: who manages or analyses sees reports alone. */
export function seesReportsOnly(roles: readonly Role[]): boolean {
  return roles.length > 0 && roles.every((role) => role === 'analyst')
}
