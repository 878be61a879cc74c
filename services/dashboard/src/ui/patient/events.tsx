import type { Finding } from '@pulsewire/contracts'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { messageOf, range } from '../../api/client.ts'
import { alarmTitle, localTimes } from '../../alarms/words.ts'
import { ageText } from '../../vitals/age.ts'
import { sinceText } from '../../vitals/clock.ts'
import { useNow, useStation, useWard } from '../hooks.ts'

const SPAN_MS = 24 * 3_600_000
const NONE: readonly Finding[] = []

/** What was found in this patient's data in the last day, newest first. */
export function Events({ patient }: { patient: string }) {
  const station = useStation()
  const live = useWard((state) => state.findings.get(patient) ?? NONE)
  const [stored, setStored] = useState<readonly Finding[]>(NONE)
  const [problem, setProblem] = useState('')
  const now = useNow(5000)
  useEffect(() => {
    const to = station.serverNow() + 60_000
    const query = range(to - SPAN_MS, to)
    station.api.call('GET /patients/{id}/findings', { path: { id: patient }, query }).then(
      ({ findings }) => setStored(findings ?? []),
      (error: unknown) => setProblem(messageOf(error)),
    )
  }, [station, patient])
  const all = useMemo(() => {
    const byId = new Map([...stored, ...live].map((finding) => [finding.id, finding]))
    return [...byId.values()].sort((a, b) => b.onset - a.onset).slice(0, 200)
  }, [stored, live])
  return (
    <section class="events" aria-label="Events">
      {problem !== '' && <p class="problem">Events could not be loaded: {problem}</p>}
      {all.length === 0 && problem === '' && <p>Nothing was found in the last 24 hours.</p>}
      <ol>
        {all.map((finding) => (
          <li key={finding.id}>
            <time>{sinceText(finding.onset, now)}</time>
            <span class="event-title">{alarmTitle(finding)}</span>
            <span class="event-text">
              {localTimes(finding.message, finding.onset)}
              {finding.end === undefined ? '' : ` (${ageText(finding.end - finding.onset)})`}
              {finding.late ? ' · late data' : ''}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
