import type { Alarm } from '@pulsewire/contracts'
import { alarmTitle, localTimes, stateWord } from '../alarms/words.ts'
import { needsAcknowledgement } from '../alarms/order.ts'
import type { PatientState } from '../live/state.ts'
import { ageAndSex, sinceText } from '../vitals/clock.ts'
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
} from '../vitals/numerals.ts'
import { leadOf, secondWaveOf } from '../waves/wave-store.ts'
import { AcknowledgeButton } from './acknowledge-button.tsx'
import { toPatient } from './hooks.ts'
import { BatteryIcon, PriorityShape } from './icons.tsx'
import { pure } from './pure.ts'
import { Sweep, signalLabel } from './sweep.tsx'

const PureSweep = pure(Sweep)

export interface TileProps {
  patient: PatientState
  /** The patient's alarms, most urgent first. */
  alarms: readonly Alarm[]
  signals: readonly string[]
  now: number
  waves: boolean
}

/** One patient of the ward. An alarm changes its frame and header, never its place. */
export function Tile({ patient, alarms, signals, now, waves }: TileProps) {
  const top = alarms[0]
  const lead = leadOf(signals)
  const second = secondWaveOf(signals)
  const numeral = (parameter: Parameter) => numeralOf(parameter, patient, alarms, now)
  const waiting = alarms.find(needsAcknowledgement)
  const shown = waiting ?? top
  const urgent = waiting ? 'unacknowledged' : ''
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
        <TileMarks patient={patient} alarms={alarms} />
      </header>
      <div class="tile-body">
        <div class="tile-waves">
          {waves && lead !== undefined && <PureSweep patient={patient.id} signal={lead} label={signalLabel(lead)} />}
          {waves && second !== undefined && (
            <PureSweep patient={patient.id} signal={second} label={signalLabel(second)} />
          )}
          {waves && lead === undefined && second === undefined && <p class="no-wave">No waveform</p>}
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
      <div class="tile-alarm">
        {shown && (
          <>
            <PriorityShape priority={shown.priority} />
            <span class="tile-alarm-text" title={localTimes(shown.message, shown.onset)}>
              <strong>{alarmTitle(shown)}</strong> <span class="since">{sinceText(shown.onset, now)}</span>
              {shown.state !== 'active' && <span class="state-word"> · {stateWord(shown)}</span>}
              {alarms.length > 1 && <span class="more"> · {alarms.length - 1} more</span>}
            </span>
            <AcknowledgeButton alarm={shown} bed={bed} />
          </>
        )}
      </div>
    </article>
  )
}

function TileMarks({ patient, alarms }: { patient: PatientState; alarms: readonly Alarm[] }) {
  const state = patient.monitoring.state
  const battery = patient.devices.map((device) => device.battery ?? 100).reduce((a, b) => Math.min(a, b), 100)
  const pausedUntil = Math.max(patient.audioPause?.until ?? 0, ...alarms.map((alarm) => alarm.audioPausedUntil ?? 0))
  return (
    <span class="tile-marks">
      {state !== 'on' && <span class="badge">{state}</span>}
      {pausedUntil > Date.now() && <span class="badge">sound paused</span>}
      {battery < 25 && <BatteryIcon percent={battery} />}
    </span>
  )
}

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
      <span class="note">{note}</span>
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
