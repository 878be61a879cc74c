import type { Role } from '@pulsewire/contracts'
import { useStation } from '../hooks.ts'
import { Notices } from '../notices.tsx'
import { ReportsView } from './reports-view.tsx'

/** The screen of somebody who reads reports and watches no patient: no alarms, no sound. */
export function ReportScreen({
  roles,
  user,
  onSignOut,
}: {
  roles: readonly Role[]
  user: string
  onSignOut: () => void
}) {
  const station = useStation()
  return (
    <div class="screen">
      <header class="bar report-bar">
        <strong>Pulsewire</strong>
        <span class="bar-calm">Reports: this screen watches no patient</span>
        <span class="menu-user">{user}</span>
        <button type="button" onClick={() => void station.signOut().then(onSignOut)}>
          Sign out
        </button>
      </header>
      <ReportsView roles={roles} />
      <Notices />
    </div>
  )
}
