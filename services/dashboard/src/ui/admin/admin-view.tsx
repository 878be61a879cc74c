import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import type { DeviceRow } from '../../live/messages.ts'
import { toWard, useStation, useWard } from '../hooks.ts'
import type { Act } from './act.ts'
import { Channels } from './channels.tsx'
import { Devices } from './devices.tsx'
import { Patients } from './patients.tsx'

/** Patients and devices: enough to get a first device live from the browser. */
export function AdminView() {
  const station = useStation()
  const registry = useWard((state) => state.registry)
  const [devices, setDevices] = useState<readonly DeviceRow[]>([])
  const [problem, setProblem] = useState('')

  const refresh = async () => {
    try {
      setDevices((await station.api.call('GET /devices')).devices)
      await station.reload()
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  useEffect(() => void refresh(), [station, registry])

  const act: Act = async (work) => {
    try {
      await work()
      await refresh()
      return true
    } catch (error) {
      setProblem(messageOf(error))
      return false
    }
  }
  return (
    <main class="admin">
      <header class="patient-head">
        <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
          ←
        </a>
        <h1>Patients and devices</h1>
      </header>
      <p class="problem" role="alert">
        {problem}
      </p>
      <Patients act={act} />
      <Devices devices={devices} act={act} />
      <Channels act={act} />
    </main>
  )
}
