import type { Alarm } from '@pulsewire/contracts'
import { groupAlarms } from '@pulsewire/contracts/alarm-groups'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { messageOf, range } from '../../api/client.ts'
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
import { AlarmCard } from './alarm-card.tsx'
import { AlarmGroupCards } from './alarm-group.tsx'
import { Events } from './events.tsx'
import { toWard, useMayTreat, useNow, useStation, useWard } from '../hooks.ts'
import { LimitsEditor, limitsOf } from './limits-editor.tsx'
import { ObservationForm } from './observation-form.tsx'
import { BigNumeral, NoData } from '../ward/tile.tsx'
import { SectionLinks, sectionOf } from './sections.tsx'
import { TrendBoard } from './trends/trend-board.tsx'
import { LiveWaves } from './waves/live-waves.tsx'

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

/** One patient: who it is, and the section of the page that the address names. */
export function PatientView({ id, section }: { id: string; section?: string | undefined }) {
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
  return <Known patient={patient} section={section} />
}

function Known({ patient, section: name }: { patient: PatientState; section: string | undefined }) {
  const now = useNow()
  const section = sectionOf(name)
  return (
    <main class={`patient ${section ? 'of-section' : ''}`}>
      <header class="patient-head">
        <a class="back" href={toWard} aria-label="Back to the ward (Esc)">
          ←
        </a>
        <h1>
          <span class="bed">{patient.place ?? '–'}</span> {patient.name}{' '}
          <span class="age-sex">{ageAndSex(patient, now)}</span>
        </h1>
        <SectionLinks patient={patient.id} section={section} />
        <Devices patient={patient} />
        <Monitoring patient={patient} />
      </header>
      {section ? <section.Page patient={patient} /> : <Monitor patient={patient} />}
    </main>
  )
}

/** What is now: waveforms over the full width, numerals with their limits, trends, alarms with their evidence. */
function Monitor({ patient }: { patient: PatientState }) {
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
    <>
      {silent === undefined ? (
        <LiveWaves patient={patient.id} />
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
          {tab === 'Trends' && <TrendBoard patient={patient} compact />}
          {tab === 'Events' && <Events patient={patient.id} />}
          {tab === 'Limits' && <LimitsEditor patient={patient} />}
          {tab === 'Observations' && <ObservationForm patient={patient.id} />}
        </div>
      </section>
    </>
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
      await station.api.call('PUT /patients/{id}/monitoring', {
        path: { id: patient.id },
        body: next === 'on' ? { state: 'on' } : { state: 'standby', until: end },
      })
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
    station.api.call('GET /alarms', { query: { patient, ...range(to - PAST_MS, to) } }).then(
      ({ alarms }) => setPast(alarms),
      (error: unknown) => station.notice(`Earlier alarms could not be loaded: ${messageOf(error)}`),
    )
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
      {groupAlarms([...current].sort(byUrgency)).map((group) => (
        <AlarmGroupCards key={group.id} group={group} bed={bed} now={now} />
      ))}
      {over.length > 0 && <h2>Earlier</h2>}
      {over.map((alarm) => (
        <AlarmCard key={alarm.id} alarm={alarm} bed={bed} now={now} />
      ))}
    </>
  )
}
