import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useStation } from './hooks.ts'

/** Administration, loaded when it is opened: a ward's screen seldom needs it. */
export function AdminPage() {
  const station = useStation()
  const [View, setView] = useState<FunctionComponent>()
  useEffect(() => {
    import('./admin/admin-view.tsx').then(
      ({ AdminView }) => setView(() => AdminView),
      () => station.notice('Administration could not be loaded: load the page again'),
    )
  }, [station])
  return View ? <View /> : <main class="empty" aria-busy="true" />
}
