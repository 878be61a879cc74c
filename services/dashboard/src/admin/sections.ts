import type { Role } from '@pulsewire/contracts'

/** The pages of administration, in their order, and who sees them. The server decides what each may do: this only hides what would be refused. */
export const ADMIN_SECTIONS = {
  start: { title: 'First steps', roles: ['admin'] },
  patients: { title: 'Patients', roles: ['admin', 'clinician'] },
  devices: { title: 'Devices', roles: ['admin', 'clinician'] },
  scan: { title: 'Scan', roles: ['admin', 'clinician'] },
  labels: { title: 'Labels', roles: ['admin', 'clinician'] },
  beds: { title: 'Beds', roles: ['admin', 'clinician'] },
  limits: { title: 'Limits', roles: ['admin'] },
  escalation: { title: 'Escalation', roles: ['admin'] },
  channels: { title: 'Where alarms are told', roles: ['admin'] },
  users: { title: 'Users', roles: ['admin'] },
  audit: { title: 'Audit trail', roles: ['admin'] },
  password: { title: 'Your account', roles: ['admin', 'clinician', 'viewer', 'analyst', 'integration'] },
} as const satisfies Readonly<Record<string, { title: string; roles: readonly Role[] }>>

export type AdminSection = keyof typeof ADMIN_SECTIONS

/** The pages that somebody with these roles may open. */
export function sectionsFor(roles: readonly Role[]): AdminSection[] {
  return (Object.keys(ADMIN_SECTIONS) as AdminSection[]).filter((section) => {
    const allowed: readonly Role[] = ADMIN_SECTIONS[section].roles
    return roles.some((role) => allowed.includes(role))
  })
}

/** The page that an address asks for, where the roles allow it; else the first that they do. */
export function sectionOf(wanted: string | undefined, roles: readonly Role[]): AdminSection | undefined {
  const open = sectionsFor(roles)
  return open.find((section) => section === wanted) ?? open.find((section) => section === 'patients') ?? open[0]
}

/** What each role may do, for who gives them. */
export const ROLE_WORDS: Readonly<Record<Role, { name: string; may: string }>> = {
  admin: {
    name: 'Administrator',
    may: 'Everything: users, devices, beds, limits to begin with, escalation, the audit trail.',
  },
  clinician: {
    name: 'Clinician',
    may: 'Treats: acknowledges alarms, sets limits, admits and discharges patients, enters observations, says who wears what.',
  },
  viewer: { name: 'Viewer', may: 'Looks at the ward and its patients. Changes nothing.' },
  analyst: {
    name: 'Analyst',
    may: 'Reads patients, series, findings, the burden of alarms and the accounting. No live ward, no single alarms.',
  },
  integration: {
    name: 'Other system',
    may: 'Another computer: registers patients and devices, says who wears what, enters observations. It acknowledges nothing.',
  },
}
