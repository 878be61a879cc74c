import type { Alarm } from '@pulsewire/contracts'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { alarmTitle, localTimes, marksOf, stateWord } from '../../alarms/words.ts'
import type { PatientState } from '../../live/state.ts'
import { ageText } from '../../vitals/age.ts'
import { ageAndSex, minuteText, sinceText } from '../../vitals/clock.ts'
import {
  GLUCOSE,
  HEART_RATE,
  NEWS2,
  type Numeral,
  PRESSURE,
  type Parameter,
  RESPIRATION,
  SPO2,
  TEMPERATURE,
  numeralOf,
  silentSince,
} from '../../vitals/numerals.ts'
import { SWEEP_DELAY_MS } from '../../waves/display-clock.ts'
import { leadOf, secondWaveOf } from '../../waves/wave-store.ts'
import { AcknowledgeButton } from '../acknowledge-button.tsx'
import { toPatient } from '../hooks.ts'
import { BatteryIcon, PriorityShape } from '../icons.tsx'
import { pure } from '../pure.ts'
import { TileWave } from './tile-wave.tsx'

const PureWave = pure(TileWave)

export interface TileProps {
  patient: PatientState
  /** The patient's alarms, most urgent first. */
  alarms: readonly Alarm[]
  signals: readonly string[]
  now: number
  /** How far this patient's sweep stands behind the others: its device's clock or link is off. */
  lagMs: number
  waves: boolean
}

/** One patient of the ward. An alarm changes its frame and header, never its place. */
export function Tile({ patient, alarms, signals, now, lagMs, waves }: TileProps) {
  const top = alarms[0]
  const lead = leadOf(signals)
  const second = secondWaveOf(signals)
  const numeral = (parameter: Parameter) => numeralOf(parameter, patient, alarms, now)
  const urgent = alarms.some(needsAcknowledgement) ? 'unacknowledged' : ''
  const silent = silentSince(patient, alarms, now)
  const bed = patient.place ?? patient.name
  return (
    <article
      class={`tile ${top ? `alarm-${top.priority}` : ''} ${urgent}`}
      data-patient={patient.id}
      aria-label={`${bed}, ${patient.name}`}
    >
      <header class="tile-head">
        <a href={toPatient(patient.id)} class="tile-link">
          <span class="bed">{patient.place ?? '–'}</span> <span class="name">{patient.name}</span>{' '}
          <span class="age-sex">{ageAndSex(patient, now)}</span>
        </a>
        <TileMarks patient={patient} alarms={alarms} lagMs={waves ? lagMs : 0} />
      </header>
      <div class="tile-body">
        <div class="tile-waves">
          {waves && silent !== undefined && <NoData since={silent} now={now} />}
          {waves && silent === undefined && lead !== undefined && <PureWave patient={patient.id} signal={lead} />}
          {waves && silent === undefined && second !== undefined && <PureWave patient={patient.id} signal={second} />}
          {waves && silent === undefined && lead === undefined && second === undefined && (
            <p class="no-wave">No waveform</p>
          )}
        </div>
        <div class="tile-main">
          <BigNumeral parameter={HEART_RATE} numeral={numeral(HEART_RATE)} />
          <BigNumeral parameter={SPO2} numeral={numeral(SPO2)} />
        </div>
      </div>
      <div class="tile-row">
        <SmallNumeral parameter={PRESSURE} numeral={numeral(PRESSURE)} />
        <SmallNumeral parameter={RESPIRATION} numeral={numeral(RESPIRATION)} />
        <SmallNumeral parameter={TEMPERATURE} numeral={numeral(TEMPERATURE)} />
        <SmallNumeral parameter={NEWS2} numeral={numeral(NEWS2)} />
        {patient.values['glucose'] && <SmallNumeral parameter={GLUCOSE} numeral={numeral(GLUCOSE)} />}
      </div>
      <TileAlarm patient={patient} alarms={alarms} bed={bed} now={now} />
    </article>
  )
}

/** Where a wave would be, of a patient from whom nothing comes. */
export function NoData({ since, now }: { since: number; now: number }) {
  return (
    <p class="no-data">
      <strong>No data</strong> since {sinceText(since, now)} <span class="no-data-age">({ageText(now - since)})</span>
    </p>
  )
}

/** The most urgent alarm that nobody has acknowledged, how many more there are, and what they are. */
function TileAlarm({
  patient,
  alarms,
  bed,
  now,
}: {
  patient: PatientState
  alarms: readonly Alarm[]
  bed: string
  now: number
}) {
  const shown = alarms.find(needsAcknowledgement) ?? alarms[0]
  const { state, until } = patient.monitoring
  if (!shown) {
    const end = until === undefined ? '' : ` until ${minuteText(until)}`
    return <div class="tile-alarm">{state === 'standby' && <p class="calm">Standby{end}: no alarms</p>}</div>
  }
  const others = alarms.filter((alarm) => alarm !== shown)
  return (
    <div class="tile-alarm">
      <PriorityShape priority={shown.priority} />
      <span class="tile-alarm-text" title={localTimes(shown.message, shown.onset)}>
        <span class="tile-alarm-first">
          <strong>{alarmTitle(shown)}</strong> <span class="since">{sinceText(shown.onset, now)}</span>
        </span>
        <span class="tile-alarm-second">
          {(shown.state !== 'active' || marksOf(shown) !== '') && (
            <span class="state-word">
              {[stateWord(shown), marksOf(shown)].filter((text) => text !== '').join(', ')}
            </span>
          )}
          {others.length > 0 && <span class="also">also {others.map(alarmTitle).join(', ')}</span>}
        </span>
      </span>
      {others.length > 0 && (
        <span class="more">
          +{others.length}
          <span class="visually-hidden"> more</span>
        </span>
      )}
      <AcknowledgeButton alarm={shown} bed={bed} />
    </div>
  )
}

function TileMarks({ patient, alarms, lagMs }: Pick<TileProps, 'patient' | 'alarms' | 'lagMs'>) {
  const state = patient.monitoring.state
  const battery = patient.devices.map((device) => device.battery ?? 100).reduce((a, b) => Math.min(a, b), 100)
  const pausedUntil = Math.max(
    patient.monitoring.audioPausedUntil ?? 0,
    ...alarms.map((alarm) => alarm.audioPausedUntil ?? 0),
  )
  return (
    <span class="tile-marks">
      {state !== 'on' && <span class="badge">{state}</span>}
      {pausedUntil > Date.now() && <span class="badge">sound paused</span>}
      {lagMs !== 0 && <span class="badge">waves {distanceText(SWEEP_DELAY_MS + lagMs)}</span>}
      {battery < 25 && <BatteryIcon percent={battery} />}
    </span>
  )
}

const distanceText = (behindMs: number) =>
  behindMs >= 0 ? `${ageText(behindMs)} behind` : `${ageText(-behindMs)} ahead`

/** A numeral that is read from across the corridor. */
export function BigNumeral({ parameter, numeral }: { parameter: Parameter; numeral: Numeral }) {
  const { text, freshness, note } = numeral
  return <PureValue size="big" parameter={parameter} text={text} freshness={freshness} note={note} />
}

export function SmallNumeral({ parameter, numeral }: { parameter: Parameter; numeral: Numeral }) {
  const { text, freshness, note } = numeral
  return <PureValue size="small" parameter={parameter} text={text} freshness={freshness} note={note} />
}

interface ValueProps extends Pick<Numeral, 'text' | 'freshness' | 'note'> {
  size: 'big' | 'small'
  parameter: Parameter
}

function Value({ size, parameter, text, freshness, note }: ValueProps) {
  const [reason, since] = note.split(/(?= since )/)
  return (
    <div
      class={`numeral ${size} tone-${parameter.tone} ${freshness}`}
      role="group"
      aria-label={spoken(parameter, text, freshness, note)}
      data-parameter={parameter.key}
    >
      <span class="label">
        {parameter.label} <span class="unit">{parameter.unit}</span>
      </span>
      <span class="value">{text}</span>
      <span class="note">
        {reason}
        <span class="note-since">{since}</span>
      </span>
    </div>
  )
}
/** Sixty-four tiles are looked at every second: only what reads differently is drawn again. */
const PureValue = pure(Value)

function spoken(parameter: Parameter, text: string, freshness: Numeral['freshness'], note: string): string {
  const value = freshness === 'missing' ? 'no value' : `${text} ${parameter.unit}`
  if (note === '') return `${parameter.label} ${value}`
  return `${parameter.label} ${value}, ${freshness === 'missing' ? note : `${note} old`}`
}
