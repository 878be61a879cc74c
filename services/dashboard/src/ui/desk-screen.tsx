import { AdminPage } from './admin-page.tsx'
import { toAdmin, toReports, useRoute, useStation, useWard } from './hooks.ts'
import { Notices } from './notices.tsx'
import { ReportsView } from './reports/reports-view.tsx'

/** For who watches no patient (a manager, an analyst): the reports, and no alarm bar that would say nothing. */
export function DeskScreen() {
  const station = useStation()
  const user = useWard((state) => state.user)
  const roles = useWard((state) => state.roles)
  const route = useRoute()
  return (
    <div class="screen">
      <header class="bar desk">
        <p>
          <strong>{user}</strong>: this screen watches no patient
        </p>
        <nav aria-label="Pages">
          <a href={toReports()}>Reports</a>
          <a href="/api/v1/openapi.json">HTTP API</a>
          <a href={toAdmin('password')}>Your account</a>
        </nav>
        <button type="button" onClick={() => void station.signOut()}>
          Sign out
        </button>
      </header>
      {route.view === 'admin' ? <AdminPage /> : <ReportsView roles={roles} />}
      <Notices />
    </div>
  )
}
