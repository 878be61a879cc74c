import type { Monitoring } from '@pulsewire/contracts'
import { useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { LONGEST_NOTE, NO_SBAR, SBAR_PARTS, type Sbar, readSbar, sbarText } from '../../../reports/sbar.ts'
import { sinceText, yearsOf } from '../../../vitals/clock.ts'
import { alarmTitle } from '../../../alarms/words.ts'
import { useMayTreat, useStation, useWard } from '../../hooks.ts'
import { type Shift, factsOf } from './patient-shift.tsx'

/** Who is called first by this patient's alarms, and to whom the patient is offered. */
export function Responsible({ monitoring: { responsible, offered }, now }: { monitoring: Monitoring; now: number }) {
  return (
    <p class="responsible">
      {responsible === undefined ? 'Nobody is named responsible' : `Responsible: ${responsible}`}
      {offered && ` · offered to ${offered.to} by ${offered.by} at ${sinceText(offered.at, now)}`}
    </p>
  )
}

interface OfferProps {
  shift: Shift
  monitoring: Monitoring
  now: number
  onDone: () => void
}

/** The note for the next shift, kept with the offer; and taking over. */
export function OfferForm({ shift, monitoring, now, onDone }: OfferProps) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const user = useWard((state) => state.user)
  const [open, setOpen] = useState(false)
  const [to, setTo] = useState(monitoring.offered?.to ?? '')
  const [sbar, setSbar] = useState<Sbar>(NO_SBAR)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const note = sbarText(sbar)
  const tooLong = note.length > LONGEST_NOTE

  const act = async (work: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await work()
      setProblem('')
      setOpen(false)
      onDone()
    } catch (error) {
      setProblem(messageOf(error))
    }
    setBusy(false)
  }
  const offer = () =>
    act(() =>
      station.api.call('POST /patients/{id}/hand-over', {
        path: { id: shift.id },
        body: { to: to.trim(), ...(note === '' ? {} : { note }) },
      }),
    )
  const takeOver = () =>
    act(() => station.api.call('POST /patients/{id}/take-over', { path: { id: shift.id }, body: {} }))
  return (
    <>
      <Notes shift={shift} monitoring={monitoring} now={now} />
      {mayTreat && (
        <div class="offer">
          <div class="card-actions">
            <button
              type="button"
              aria-expanded={open}
              onClick={() => {
                setSbar(readSbar(monitoring.offered?.note ?? ''))
                setOpen(!open)
              }}
            >
              {monitoring.offered === undefined ? 'Hand over…' : 'Change the offer…'}
            </button>
            {monitoring.responsible !== user && (
              <button
                type="button"
                class={monitoring.offered?.to === user ? 'primary' : ''}
                disabled={busy}
                onClick={() => void takeOver()}
              >
                Take over
              </button>
            )}
          </div>
          {open && (
            <form
              class="sbar"
              aria-label={`Hand over ${shift.place ?? shift.name}`}
              onSubmit={(event) => {
                event.preventDefault()
                void offer()
              }}
            >
              <label>
                To (a user, or a role)
                <input required maxLength={64} value={to} onInput={(event) => setTo(event.currentTarget.value)} />
              </label>
              <button type="button" onClick={() => setSbar(filledFrom(shift, sbar, now))}>
                Fill in from this shift
              </button>
              {SBAR_PARTS.map(([part, label, hint]) => (
                <label key={part}>
                  {label}
                  <textarea
                    rows={2}
                    placeholder={hint}
                    value={sbar[part]}
                    onInput={(event) => setSbar({ ...sbar, [part]: event.currentTarget.value })}
                  />
                </label>
              ))}
              {tooLong && (
                <p class="problem">
                  The note has {note.length} characters; {LONGEST_NOTE} are kept
                </p>
              )}
              <button type="submit" class="primary" disabled={busy || tooLong || to.trim() === ''}>
                Offer
              </button>
            </form>
          )}
          {problem !== '' && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
        </div>
      )}
    </>
  )
}

/** What the shift before said, and what is said to the next: who, when, in four parts. */
function Notes({ shift, monitoring, now }: Pick<OfferProps, 'shift' | 'monitoring' | 'now'>) {
  const said = shift.handOvers.flatMap(({ at, by, to, note }) => (note === undefined ? [] : [{ at, by, to, note }]))
  const { offered } = monitoring
  const isListed = offered?.note === undefined || said.some(({ note }) => note === offered.note)
  const all = isListed || offered?.note === undefined ? said : [...said, { at: offered.at, by: offered.by, to: offered.to, note: offered.note }] // prettier-ignore
  const [last] = all.slice(-1)
  if (last === undefined) return null
  const sbar = readSbar(last.note)
  return (
    <div class="sbar-note">
      <p class="meaning">
        {last.by} to {last.to ?? 'the next shift'}, {sinceText(last.at, now)}
      </p>
      <dl>
        {SBAR_PARTS.filter(([part]) => sbar[part] !== '').map(([part, label]) => (
          <div key={part}>
            <dt>{label}</dt>
            <dd>{sbar[part]}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

/** What the record says, as a beginning: what somebody has written already stays. */
function filledFrom(shift: Shift, written: Sbar, now: number): Sbar {
  const facts = new Map(factsOf(shift, now))
  const line = (...names: string[]) =>
    names
      .flatMap((name) => {
        const lines = facts.get(name)
        return lines === undefined ? [] : [`${name.toLowerCase()}: ${lines.join('; ')}`]
      })
      .join('. ')
  const open = shift.standing.map(alarmTitle).join(', ')
  const news2 = shift.latest['news2']
  const years = yearsOf(shift.dateOfBirth, now)
  const draft: Sbar = {
    situation: [
      `${years === undefined ? '' : `${years} years, `}${shift.sex ?? ''}`.trim(),
      news2 === undefined ? 'NEWS2 not known' : `NEWS2 ${news2.value}`,
      open === '' ? 'no open alarm' : `open: ${open}`,
    ]
      .filter((part) => part !== '')
      .join('; '),
    background: line('Notes', 'Limits changed', 'Without alarms', 'Devices', 'No data'),
    assessment: line('Lowest to highest', 'Rhythm', 'Alarms'),
    recommendation: '',
  }
  const said = (part: keyof Sbar) => (written[part].trim() === '' ? draft[part] : written[part])
  return {
    situation: said('situation'),
    background: said('background'),
    assessment: said('assessment'),
    recommendation: said('recommendation'),
  }
}
