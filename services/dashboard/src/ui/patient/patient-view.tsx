import type { Alarm } from '@pulsewire/contracts'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { messageOf } from '../../api.ts'
import { alarmsOf, byUrgency } from '../../alarms/order.ts'
import type { PatientState } from '../../live/state.ts'
import { ageAndSex, minuteText } from '../../vitals/clock.ts'
import {
  GLUCOSE,
  HEART_RATE,
  NEWS2,
  PRESSURE,
  type Parameter,
  RESPIRATION,
  SPO2,
  TEMPERATURE,
  numeralOf,
  silentSince,
} from '../../vitals/numerals.ts'
import { leadOf } from '../../waves/wave-store.ts'
import { SWEEP_DELAY_MS } from '../../waves/display-clock.ts'
import { AlarmCard } from './alarm-card.tsx'
import { Events } from './events.tsx'
import { PHONE, toWard, useMayTreat, useMedia, useNow, useStation, useWard } from '../hooks.ts'
import { LimitsEditor, limitsOf } from './limits-editor.tsx'
import { ObservationForm } from './observation-form.tsx'
import { Sweep, signalLabel } from '../sweep.tsx'
import { BigNumeral, NoData } from '../ward/tile.tsx'
import { Trends } from './trends.tsx'

const TABS = ['Trends', 'Events', 'Limits', 'Observations'] as const
type Tab = (typeof TABS)[number]
const SHOWN: readonly (readonly [Parameter, keyof ReturnType<typeof limitsOf> | undefined])[] = [
  [HEART_RATE, 'heartRate'],
  [SPO2, 'spo2'],
  [PRESSURE, 'systolic'],
  [RESPIRATION, 'respirationRate'],
  [TEMPERATURE, 'temperature'],
  [GLUCOSE, 'glucose'],
  [NEWS2, undefined],
]

/** One patient: waveforms over the full width, numerals with their limits, trends, alarms with their evidence. */
export function PatientView({ id }: { id: string }) {
  const patient = useWard((state) => state.patients.get(id))
  const loaded = useWard((state) => state.loaded)
  if (!patient) {
    return (
      <main class="empty">
        <p>{loaded ? 'No such patient.' : 'Loading…'}</p>
        <p>
          <a href={toWard}>Back to the ward</a>
        </p>
      </main>
    )
  }
  return <Known patient={patient} />
}

function Known({ patient }: { patient: PatientState }) {
  const heard = useWard((state) => state.alarms)
  const now = useNow()
  const [tab, setTab] = useState<Tab>('Trends')
  const alarms = useMemo(
    () =>
      alarmsOf(
        [...heard.values()].map((entry) => entry.alarm),
        patient.id,
      ),
    [heard, patient.id],
  )
  const bed = patient.place ?? patient.name
  const silent = silentSince(patient, alarms, now)
  return (
    <main class="patient">
      <header class="patient-head">
        <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
          ←
        </a>
        <h1>
          <span class="bed">{patient.place ?? '–'}</span> {patient.name}{' '}
          <span class="age-sex">{ageAndSex(patient, now)}</span>
        </h1>
        <Devices patient={patient} />
        <Monitoring patient={patient} />
      </header>
      {silent === undefined ? (
        <Waves patient={patient.id} />
      ) : (
        <section class="patient-waves" aria-label="Waveforms">
          <NoData since={silent} now={now} />
        </section>
      )}
      <div class="patient-side">
        <section class="patient-numerals" aria-label="Values and limits">
          {SHOWN.filter(([parameter]) => parameter !== GLUCOSE || patient.values['glucose']).map(
            ([parameter, code]) => (
              <div class="numeral-with-limits" key={parameter.key}>
                <BigNumeral parameter={parameter} numeral={numeralOf(parameter, patient, alarms, now)} />
                {code && <LimitPair patient={patient} code={code} />}
              </div>
            ),
          )}
        </section>
        <section class="patient-alarms" aria-label="Alarms of this patient">
          <Alarms patient={patient.id} current={alarms} bed={bed} now={now} />
        </section>
      </div>
      <section class="patient-more">
        <div class="tabs" role="tablist">
          {TABS.map((name) => (
            <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => setTab(name)}>
              {name}
            </button>
          ))}
        </div>
        <div role="tabpanel" aria-label={tab}>
          {tab === 'Trends' && <Trends patient={patient} />}
          {tab === 'Events' && <Events patient={patient.id} />}
          {tab === 'Limits' && <LimitsEditor patient={patient} />}
          {tab === 'Observations' && <ObservationForm patient={patient.id} />}
        </div>
      </section>
    </main>
  )
}

function LimitPair({ patient, code }: { patient: PatientState; code: keyof ReturnType<typeof limitsOf> }) {
  const limit = limitsOf(patient)[code]
  return (
    <dl class="limit-pair">
      <dt class="visually-hidden">low limit</dt>
      <dd>{limit?.low ?? 'off'}</dd>
      <dt class="visually-hidden">high limit</dt>
      <dd>{limit?.high ?? 'off'}</dd>
    </dl>
  )
}

function Devices({ patient }: { patient: PatientState }) {
  if (patient.devices.length === 0) return <p class="devices">No device</p>
  return (
    <ul class="devices" aria-label="Devices">
      {patient.devices.map((device) => (
        <li key={device.id} class={device.state === 'offline' ? 'offline' : ''}>
          {device.model ?? device.id} {device.state ?? ''}{' '}
          {device.battery === undefined ? '' : `battery ${Math.round(device.battery)} %`}
        </li>
      ))}
    </ul>
  )
}

const STANDBY_MS = 30 * 60_000

function Monitoring({ patient }: { patient: PatientState }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const { state, until } = patient.monitoring
  const set = async (next: 'on' | 'standby') => {
    try {
      const end = Math.round(station.serverNow() + STANDBY_MS)
      await station.api.setMonitoring(patient.id, next === 'on' ? { state: 'on' } : { state: 'standby', until: end })
    } catch (error) {
      station.notice(messageOf(error))
    }
  }
  return (
    <div class="monitoring">
      {state !== 'on' && (
        <span class="badge">
          {state}
          {until === undefined ? '' : ` until ${minuteText(until)}`}
          {state === 'standby' && ': no alarms'}
        </span>
      )}
      {mayTreat && (
        <button type="button" onClick={() => void set(state === 'on' ? 'standby' : 'on')}>
          {state === 'on' ? 'Standby 30 min' : 'Monitoring on'}
        </button>
      )}
    </div>
  )
}

const GAINS = [5, 10, 20] as const
const SPEEDS = [12.5, 25, 50] as const

function Waves({ patient }: { patient: string }) {
  const { waves } = useStation()
  const phone = useMedia(PHONE)
  const [gain, setGain] = useState<(typeof GAINS)[number]>(10)
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(25)
  const [, changed] = useState(0)
  useEffect(() => waves.onSignals(() => changed((count) => count + 1)), [waves])
  const all = waves.signals(patient)
  const one = leadOf(all)
  const shown = phone && one !== undefined ? [one] : all
  const lag = waves.clock(patient).lagMs()
  return (
    <section class="patient-waves" aria-label="Waveforms">
      <div class="wave-tools">
        <Choice label="Gain" unit="mm/mV" choices={GAINS} chosen={gain} choose={setGain} />
        <Choice label="Speed" unit="mm/s" choices={SPEEDS} chosen={speed} choose={setSpeed} />
        <span class="delay">
          {((SWEEP_DELAY_MS + lag) / 1000).toFixed(1)} s behind{lag !== 0 && ' (the device’s clock or link is off)'}
        </span>
      </div>
      {shown.map((signal) => (
        <Sweep
          key={signal}
          patient={patient}
          signal={signal}
          label={signalLabel(signal)}
          speedMmPerS={speed}
          gainMmPerMv={gain}
        />
      ))}
      {shown.length === 0 && <p class="no-wave">No waveform</p>}
    </section>
  )
}

function Choice<T extends number>(props: {
  label: string
  unit: string
  choices: readonly T[]
  chosen: T
  choose: (choice: T) => void
}) {
  return (
    <div class="segmented" role="group" aria-label={`${props.label}, ${props.unit}`}>
      {props.choices.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === props.chosen} onClick={() => props.choose(choice)}>
          {choice}
        </button>
      ))}
      <span class="unit">{props.unit}</span>
    </div>
  )
}

const PAST_MS = 24 * 3_600_000

/** The alarms that stand, then those of the last day that are over. */
function Alarms({
  patient,
  current,
  bed,
  now,
}: {
  patient: string
  current: readonly Alarm[]
  bed: string
  now: number
}) {
  const station = useStation()
  const [past, setPast] = useState<readonly Alarm[]>([])
  const known = current.map((alarm) => alarm.id).join(' ')
  useEffect(() => {
    const to = station.serverNow() + 60_000
    station.api
      .alarmsOf(patient, to - PAST_MS, to)
      .then(setPast, (error: unknown) => station.notice(`Earlier alarms could not be loaded: ${messageOf(error)}`))
  }, [station, patient, known])
  const standing = new Set(current.map((alarm) => alarm.id))
  const over = past
    .filter((alarm) => alarm.patient === patient && alarm.state === 'ended' && !standing.has(alarm.id))
    .sort((a, b) => b.onset - a.onset)
    .slice(0, 20)
  return (
    <>
      <h2>Alarms</h2>
      {current.length === 0 && <p class="calm">None now</p>}
      {[...current].sort(byUrgency).map((alarm) => (
        <AlarmCard key={alarm.id} alarm={alarm} bed={bed} now={now} />
      ))}
      {over.length > 0 && <h2>Earlier</h2>}
      {over.map((alarm) => (
        <AlarmCard key={alarm.id} alarm={alarm} bed={bed} now={now} />
      ))}
    </>
  )
}
