import { useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { useStation } from '../../hooks.ts'
import type { HandOver } from './hand-over-page.tsx'

/** When the ward's shifts begin: for who runs the installation. */
export function ShiftTimes({ times, onSaved }: { times: HandOver['shifts']; onSaved: () => void }) {
  const station = useStation()
  const [startsAt, setStartsAt] = useState(times.startsAt.join(' '))
  const [timeZone, setTimeZone] = useState(times.timeZone)
  const [problem, setProblem] = useState('')
  const save = async () => {
    try {
      const body = { timeZone: timeZone.trim(), startsAt: startsAt.split(/[\s,]+/).filter((time) => time !== '') }
      await station.api.call('PUT /ward/shifts', { body })
      setProblem('')
      onSaved()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <details class="shift-times">
      <summary>Shift times of this ward</summary>
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label>
          Shifts begin at
          <input value={startsAt} onInput={(event) => setStartsAt(event.currentTarget.value)} />
        </label>
        <label>
          Time zone
          <input value={timeZone} onInput={(event) => setTimeZone(event.currentTarget.value)} />
        </label>
        <button type="submit">Save</button>
      </form>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </details>
  )
}
