import type { Role } from '@pulsewire/contracts'
import { toReports, toWard, useRoute } from '../hooks.ts'
import { seesReportsOnly, sectionsFor } from './sections.tsx'

/** The reports, one at a time, by address. */
export function ReportsView({ roles }: { roles: readonly Role[] }) {
  const route = useRoute()
  const name = 'section' in route ? route.section : undefined
  const sections = sectionsFor(roles)
  const section = sections.find((one) => one.name === name) ?? sections[0]
  if (section === undefined) return <main class="empty">Your role reads no reports.</main>
  return (
    <main class="reports">
      <header class="reports-head">
        {!seesReportsOnly(roles) && (
          <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
            ←
          </a>
        )}
        <h1>{section.label}</h1>
        <nav class="sections" aria-label="Reports">
          {sections.map((one) => (
            <a key={one.name} href={toReports(one.name)} aria-current={one === section ? 'page' : undefined}>
              {one.label}
            </a>
          ))}
        </nav>
      </header>
      <section.Page key={section.name} />
    </main>
  )
}
