import { useEffect, useMemo, useState } from 'preact/hooks'
import { range } from '../../../api/client.ts'
import type { StaffCommand } from '../../../api/operations.ts'
import { type Annotation, notesWithin, withHeard } from '../../../annotations/notes.ts'
import { useStation } from '../../hooks.ts'
import { usePast } from '../use-past.ts'

/** A range is asked for in whole steps, so that one that follows the clock is not asked for again each second. */
const STEP_MS = 10 * 60_000
const NONE: readonly Annotation[] = []

/** The notes of a patient that are about `[from, to)`, those struck out too, and what comes live. */
export function useNotes(patient: string, from: number, to: number): { notes: readonly Annotation[]; problem: string } {
  const station = useStation()
  const first = Math.floor(from / STEP_MS) * STEP_MS
  const last = Math.ceil(to / STEP_MS) * STEP_MS
  const past = usePast(`${patient} ${first} ${last}`, async () => {
    const answer = await station.api.call('GET /patients/{id}/annotations', {
      path: { id: patient },
      query: range(first, last),
    })
    return answer.annotations
  })
  const [heard, setHeard] = useState<readonly StaffCommand[]>([])
  useEffect(() => {
    setHeard([])
    return station.onLive((message) => {
      if (message.type === 'action' && message.action.type === 'annotation' && message.action.patient === patient) {
        const { action } = message
        setHeard((known) => [...known, action])
      }
    })
  }, [station, patient])
  const notes = useMemo(
    () => notesWithin(heard.reduce<readonly Annotation[]>(withHeard, past.value ?? NONE), { from: first, to: last }),
    [heard, past.value, first, last],
  )
  return { notes, problem: past.problem }
}
