import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { loadTape } from '../../../paper/load-tape.ts'
import { EMPTY_TAPE, type Tape, joinTapes, withMessage } from '../../../paper/tape.ts'
import { useStation } from '../../hooks.ts'

/** More than any screen shows at once at 12.5 mm/s. */
const KEPT_MS = 90_000

/**
 * The last minute and a half of a patient, waves and what was found over them: from the store when the page opens, then live. Read when
 * it is drawn; a block that comes draws nothing by itself.
 */
export function useRecent(patient: string): { readonly read: () => Tape } {
  const station = useStation()
  const tape = useRef(EMPTY_TAPE)
  const reader = useRef({ read: () => tape.current })
  useEffect(() => {
    let current = true
    tape.current = EMPTY_TAPE
    const now = station.serverNow()
    loadTape(station.api, patient, now - KEPT_MS, now + KEPT_MS).then(
      (stored) => {
        if (current) tape.current = joinTapes(stored, tape.current)
      },
      (error: unknown) => current && station.notice(`The last minute could not be loaded: ${messageOf(error)}`),
    )
    const stop = station.onLive((message) => {
      const of =
        message.type === 'finding' ? message.finding.patient : 'patient' in message ? message.patient : undefined
      if (of === patient) tape.current = withMessage(tape.current, message, station.serverNow() - KEPT_MS)
    })
    return () => {
      current = false
      stop()
    }
  }, [station, patient])
  return reader.current
}
