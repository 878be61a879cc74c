import type { FunctionComponent } from 'preact'
import type { PatientState } from '../../live/state.ts'
import { toPatient } from '../hooks.ts'
import { DisclosurePage } from './disclosure/disclosure-page.tsx'
import { News2Page } from './news2/news2-page.tsx'
import { ReportPage } from './report/report-page.tsx'
import { StripPage } from './strip/strip-page.tsx'
import { TimelinePage } from './timeline/timeline-page.tsx'
import { TrendsPage } from './trends/trends-page.tsx'

/** A section of the patient page beside what is now: the last part of its address, its name, its page. */
interface Section {
  readonly name: string
  readonly label: string
  /** Not in the list of sections: it is reached from elsewhere. */
  readonly unlisted?: true
  readonly Page: FunctionComponent<{ patient: PatientState }>
}

const SECTIONS: readonly Section[] = [
  { name: 'trends', label: 'Trends', Page: TrendsPage },
  { name: 'news2', label: 'NEWS2', Page: News2Page },
  { name: 'disclosure', label: 'Full disclosure', Page: DisclosurePage },
  { name: 'timeline', label: 'Timeline', Page: TimelinePage },
  { name: 'report', label: 'Report', Page: ReportPage },
  { name: 'strip', label: 'Strip', unlisted: true, Page: StripPage },
]

/** The page of a section; `undefined` = what is now. */
export function sectionOf(name: string | undefined): Section | undefined {
  return SECTIONS.find((section) => section.name === name)
}

export function SectionLinks({ patient, section }: { patient: string; section: Section | undefined }) {
  const link = (name: string | undefined, label: string) => (
    <a key={label} href={toPatient(patient, name)} aria-current={name === section?.name ? 'page' : undefined}>
      {label}
    </a>
  )
  return (
    <nav class="sections" aria-label="Sections of this patient">
      {link(undefined, 'Now')}
      {SECTIONS.filter((one) => one.unlisted !== true).map(({ name, label }) => link(name, label))}
    </nav>
  )
}
