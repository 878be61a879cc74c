import type { Alarm, AlarmVerdict } from '@pulsewire/contracts'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { evidenceLines } from '../../alarms/evidence.ts'
import { alarmTitle, localTimes, marksOf, stateWord } from '../../alarms/words.ts'
import { clockText, sinceText } from '../../vitals/clock.ts'
import { AcknowledgeButton } from '../acknowledge-button.tsx'
import { AlarmStrip } from './strip/alarm-strip.tsx'
import { useMayTreat, useStation } from '../hooks.ts'
import { PriorityShape } from '../icons.tsx'
import { PAUSE_MS } from '../../station.ts'

/** One alarm with its evidence in plain words, the rule that found it, and what staff can do. */
export function AlarmCard({ alarm, bed, now }: { alarm: Alarm; bed: string; now: number }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [strip, setStrip] = useState(false)
  const pausedFor = Math.ceil(((alarm.audioPausedUntil ?? 0) - now) / 1000)
  const waiting = needsAcknowledgement(alarm)
  const evidence = evidenceLines(alarm.evidence)
  const pause = async () => {
    try {
      await station.api.call('POST /alarms/{id}/pause', { path: { id: alarm.id }, body: { seconds: PAUSE_MS / 1000 } })
    } catch (error) {
      station.notice(`The sound could not be paused: ${messageOf(error)}`)
    }
  }
  return (
    <article class={`card alarm-${alarm.priority} ${alarm.state}`} data-alarm={alarm.id} tabIndex={-1}>
      <header>
        <PriorityShape priority={alarm.priority} />
        <h3>{alarmTitle(alarm)}</h3>
        <span class="card-state">
          {[`${alarm.priority} priority`, stateWord(alarm), marksOf(alarm)].filter((text) => text !== '').join(' · ')}
        </span>
      </header>
      <p class="card-message">{localTimes(alarm.message, alarm.onset)}</p>
      <p class="card-times">
        Since {sinceText(alarm.onset, now)}
        {alarm.conditionEndedAt !== undefined && `, over at ${clockText(alarm.conditionEndedAt)}`}
        {alarm.acknowledgedAt !== undefined && ` · acknowledged ${clockText(alarm.acknowledgedAt)}`}
      </p>
      {evidence.length > 0 && (
        <ul class="evidence" aria-label="Evidence">
          {evidence.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      <p class="card-rule">
        Rule {alarm.rule.name} {alarm.rule.version} · confidence {Math.round(alarm.confidence * 100)} % · signal{' '}
        {Math.round(alarm.quality * 100)} %
      </p>
      {strip && <AlarmStrip alarm={alarm} />}
      {alarm.comments.map((comment) => (
        <p key={comment.at} class="comment">
          <strong>{comment.by}</strong> {clockText(comment.at)}: {comment.text}
        </p>
      ))}
      <div class="card-actions">
        <AcknowledgeButton alarm={alarm} bed={bed} />
        {mayTreat && waiting && (
          <button type="button" disabled={pausedFor > 0} onClick={() => void pause()}>
            {pausedFor > 0 ? `Sound paused ${pausedFor} s` : 'Pause sound'}
          </button>
        )}
        <button type="button" aria-expanded={strip} onClick={() => setStrip(!strip)}>
          {strip ? 'Hide strip' : 'Show strip'}
        </button>
      </div>
      {mayTreat && <Verdict alarm={alarm} />}
      {mayTreat && alarm.state !== 'ended' && <CommentForm alarm={alarm} />}
    </article>
  )
}

const VERDICTS: readonly (readonly [AlarmVerdict, string])[] = [
  ['confirmed', 'Confirmed'],
  ['false', 'False alarm'],
]

/** What staff found at the bed: one click, also after the alarm's end; the other button corrects it. */
export function Verdict({ alarm }: { alarm: Alarm }) {
  const station = useStation()
  const [asked, setAsked] = useState<AlarmVerdict | undefined>(undefined)
  // The list of earlier alarms is not live: what was answered here counts until it is loaded again.
  const [answered, setAnswered] = useState<Alarm['verdict']>(undefined)
  const said = (answered?.at ?? 0) > (alarm.verdict?.at ?? 0) ? answered : alarm.verdict
  const given = said?.verdict
  const give = async (verdict: AlarmVerdict) => {
    setAsked(verdict)
    try {
      const judged = await station.api.call('POST /alarms/{id}/verdict', { path: { id: alarm.id }, body: { verdict } })
      setAnswered(judged.verdict)
    } catch (error) {
      station.notice(`Not kept: ${messageOf(error)}`)
    }
    setAsked(undefined)
  }
  return (
    <div class="card-actions" role="group" aria-label={`Was it right? ${alarmTitle(alarm)}`}>
      {VERDICTS.map(([verdict, text]) => (
        <button
          key={verdict}
          type="button"
          aria-pressed={given === verdict}
          disabled={given === verdict || asked !== undefined}
          onClick={() => void give(verdict)}
        >
          {given === verdict && '✓ '}
          {text}
        </button>
      ))}
      {said !== undefined && (
        <span class="card-state">
          {said.by} {clockText(said.at)}
        </span>
      )}
    </div>
  )
}

function CommentForm({ alarm }: { alarm: Alarm }) {
  const station = useStation()
  const [text, setText] = useState('')
  const send = async () => {
    try {
      await station.api.call('POST /alarms/{id}/comment', { path: { id: alarm.id }, body: { text: text.trim() } })
      setText('')
    } catch (error) {
      station.notice(`Not kept: ${messageOf(error)}`)
    }
  }
  return (
    <form
      class="comment-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void send()
      }}
    >
      <input
        aria-label="Comment"
        placeholder="Comment"
        maxLength={2000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" disabled={text.trim() === ''}>
        Add
      </button>
    </form>
  )
}
