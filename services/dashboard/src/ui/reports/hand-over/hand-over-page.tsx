import { useMemo, useState } from 'preact/hooks'
import { type Answer, messageOf } from '../../../api/client.ts'
import { sinceText, zoneText } from '../../../vitals/clock.ts'
import { useIsAdmin, useMayTreat, useStation, useWard } from '../../hooks.ts'
import { ReportState } from '../figure.tsx'
import { UnitField } from '../unit-field.tsx'
import { useLoaded, useReportQuery } from '../use-report.ts'
import { PatientShift } from './patient-shift.tsx'
import { ShiftTimes } from './shift-times.tsx'

export type HandOver = Answer<'GET /reports/hand-over'>

/** What the next shift must know of each patient, and handing over itself. */
export function HandOverPage() {
  const station = useStation()
  const isAdmin = useIsAdmin()
  const [query, change] = useReportQuery('hand-over', 1)
  /** Another shift than the one that is now, by an instant in it. */
  const [from, setFrom] = useState<number | undefined>(undefined)
  const key = JSON.stringify([query.unit, from])
  const { value, problem, busy, again } = useLoaded(key, () =>
    station.api.call('GET /reports/hand-over', {
      query: {
        ...(query.unit === undefined ? {} : { unit: query.unit }),
        ...(from === undefined ? {} : { from: String(from) }),
      },
    }),
  )
  const isNow = value !== undefined && value.from <= value.now && value.now < value.to
  return (
    <>
      <div class="report-tools">
        <div class="segmented" role="group" aria-label="Shift">
          <button type="button" disabled={!value} onClick={() => value && setFrom(shiftBefore(value))}>
            ‹ Shift before
          </button>
          <button type="button" aria-pressed={isNow} onClick={() => setFrom(undefined)}>
            Now
          </button>
          <button type="button" disabled={!value || isNow} onClick={() => value && setFrom(value.to)}>
            Shift after ›
          </button>
        </div>
        {value && (
          <p class="shift-words">
            {sinceText(value.from, value.now)} to {sinceText(value.to, value.now)} · {zoneText(value.from)}
          </p>
        )}
        <UnitField unit={query.unit} change={(unit) => change({ days: 1, ...(unit === '' ? {} : { unit }) })} />
        <button type="button" onClick={again}>
          Look again
        </button>
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </div>
      <ReportState busy={busy} problem={problem} what="The hand-over" />
      {value && (
        <>
          <AllAtOnce handOver={value} />
          <ol class="shift-patients">
            {value.patients.map((patient) => (
              <PatientShift key={patient.id} shift={patient} now={value.now} onDone={again} />
            ))}
          </ol>
          {value.patients.length === 0 && <p>No patient is in this unit.</p>}
          {isAdmin && <ShiftTimes times={value.shifts} onSaved={again} />}
        </>
      )}
    </>
  )
}

/** The same length before: where shifts differ in length, the server finds the one in which that lies. */
function shiftBefore({ from, to }: HandOver): number {
  return from - (to - from)
}

/** Offering or taking over every patient of the list in one step. */
function AllAtOnce({ handOver: { patients } }: { handOver: HandOver }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const user = useWard((state) => state.user)
  const live = useWard((state) => state.patients)
  const [to, setTo] = useState('')
  const [said, setSaid] = useState('')
  const [busy, setBusy] = useState(false)
  const monitoringOf = (id: string) => live.get(id)?.monitoring ?? patients.find((one) => one.id === id)?.monitoring
  const offeredToMe = patients.filter(({ id }) => monitoringOf(id)?.offered?.to === user)
  const mine = patients.filter(({ id }) => monitoringOf(id)?.responsible === user)
  const names = useMemo(() => {
    const all = patients.flatMap(({ monitoring, handOvers }) => [
      monitoring.responsible,
      ...handOvers.flatMap((one) => [one.by, one.to]),
    ])
    return [...new Set(all)].filter((name) => name !== undefined && name !== user)
  }, [patients, user])
  if (!mayTreat || patients.length === 0) return null

  const each = async (
    those: readonly { id: string; place?: string | undefined }[],
    what: string,
    ask: (id: string) => Promise<unknown>,
  ) => {
    setBusy(true)
    const results = await Promise.allSettled(those.map(({ id }) => ask(id)))
    const failed = results.flatMap((result, index) =>
      result.status === 'rejected' ? [{ index, reason: result.reason as unknown }] : [],
    )
    const [first] = failed
    setSaid(
      first === undefined
        ? `${those.length} ${those.length === 1 ? 'patient' : 'patients'} ${what}`
        : `${those.length - failed.length} of ${those.length} ${what}; not ${failed.map(({ index }) => those[index]?.place ?? those[index]?.id).join(', ')}: ${messageOf(first.reason)}`,
    )
    setBusy(false)
  }
  const offer = (id: string) => {
    // A note that was written for a patient stays with the offer.
    const note = monitoringOf(id)?.offered?.note
    return station.api.call('POST /patients/{id}/hand-over', {
      path: { id },
      body: { to: to.trim(), ...(note === undefined ? {} : { note }) },
    })
  }
  const takeOver = (id: string) => station.api.call('POST /patients/{id}/take-over', { path: { id }, body: {} })
  return (
    <section class="all-at-once" aria-label="All patients of this list">
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault()
          void each(patients, `offered to ${to.trim()}`, offer)
        }}
      >
        <label>
          Offer all {patients.length} to
          <input
            list="staff-names"
            required
            maxLength={64}
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
          <datalist id="staff-names">
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        <button type="submit" disabled={busy || to.trim() === ''}>
          Offer all
        </button>
        {offeredToMe.length > 0 && (
          <button
            type="button"
            class="primary"
            disabled={busy}
            onClick={() => void each(offeredToMe, 'taken over', takeOver)}
          >
            Take over the {offeredToMe.length} offered to me
          </button>
        )}
        <button
          type="button"
          disabled={busy || mine.length === patients.length}
          onClick={() => void each(patients, 'taken over', takeOver)}
        >
          Take over all {patients.length}
        </button>
      </form>
      <p class="meaning">
        You are responsible for {mine.length} of {patients.length}. Whoever is responsible is called first by a
        patient’s alarms, and stays so until somebody takes over.
      </p>
      <p role="status">{said}</p>
    </section>
  )
}
