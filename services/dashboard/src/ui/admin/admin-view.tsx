import type { ComponentChildren } from 'preact'
import { ADMIN_SECTIONS, sectionOf, sectionsFor, type AdminSection } from '../../admin/sections.ts'
import { toAdmin, toWard, useRoute, useWard } from '../hooks.ts'
import { AuditTrail } from './audit-trail.tsx'
import { Beds } from './beds.tsx'
import { Channels } from './channels.tsx'
import { DevicePage } from './device-page.tsx'
import { Devices } from './devices.tsx'
import { EscalationChains } from './escalation-chains.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Labels } from './labels.tsx'
import { LimitProfiles } from './limit-profiles.tsx'
import { OwnPassword } from './own-password.tsx'
import { PatientPage } from './patient-page.tsx'
import { Patients } from './patients.tsx'
import { ScanPage } from './scan-page.tsx'
import { Users } from './users.tsx'

/** Administration: a page for each thing that can be set, as far as the roles allow. */
export function AdminView() {
  const route = useRoute()
  const roles = useWard((state) => state.roles)
  const { section: wanted, item } = route.view === 'admin' ? route : {}
  const section = sectionOf(wanted, roles)
  return (
    <main class="admin">
      <header class="patient-head">
        <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
          ←
        </a>
        <h1>Administration</h1>
      </header>
      <nav class="sections" aria-label="Administration">
        {sectionsFor(roles).map((each) => (
          <a key={each} href={toAdmin(each)} aria-current={each === section ? 'page' : undefined}>
            {ADMIN_SECTIONS[each].title}
          </a>
        ))}
      </nav>
      {section !== undefined && <Section key={`${section}/${item ?? ''}`} section={section} item={item} />}
    </main>
  )
}

function Section({ section, item }: { section: AdminSection; item: string | undefined }): ComponentChildren {
  switch (section) {
    case 'start':
      return <FirstSteps />
    case 'patients':
      return item === undefined ? <Patients /> : <PatientPage id={item} />
    case 'devices':
      return item === undefined ? <Devices /> : <DevicePage id={item} />
    case 'scan':
      return <ScanPage />
    case 'labels':
      return <Labels />
    case 'beds':
      return <Beds />
    case 'limits':
      return <LimitProfiles />
    case 'escalation':
      return <EscalationChains />
    case 'channels':
      return <Channels />
    case 'users':
      return <Users />
    case 'audit':
      return <AuditTrail />
    case 'password':
      return <OwnPassword />
  }
}
