import { monitoringEnds, type Alarm, type Monitoring, type StaffCommand } from '@pulsewire/contracts'
import type { Step } from './decide.ts'
import { LONGEST_AUDIO_PAUSE_MS } from './policy.ts'
import { ringingAnew } from './rings.ts'
import type { PatientAlarms } from './state.ts'

/** Staff asked for something. */
export function decideStaff(state: PatientAlarms, command: StaffCommand, at: number): Step[] {
  switch (command.type) {
    case 'acknowledge':
      return acknowledge(state.alarms[command.alarm], command, at)
    case 'pause':
      return pause(state, command, at)
    case 'comment':
      return comment(state.alarms[command.alarm], command.by, command.text, at)
    case 'verdict':
      return judge(state, command, at)
    case 'monitoring':
      return setMonitoring(state, command, at)
    case 'hand-over':
      return handOver(state, command, at)
    case 'take-over':
      return takeOver(state, command.by)
    case 'observation':
    case 'annotation':
    case 'limits':
      return []
  }
}

/** It has rung anew since somebody asked, for something worse or for the next episode: that, nobody has seen. */
function rangSince({ rings }: Alarm, seen: number | undefined): boolean {
  return seen !== undefined && rings !== undefined && rings > seen
}

function acknowledge(
  alarm: Alarm | undefined,
  { by, rings }: Extract<StaffCommand, { type: 'acknowledge' }>,
  at: number,
): Step[] {
  if (alarm === undefined || alarm.state === 'acknowledged' || rangSince(alarm, rings)) return []
  const acknowledged: Alarm = {
    ...alarm,
    acknowledgedBy: by,
    acknowledgedAt: at,
    firstAcknowledgedAt: alarm.firstAcknowledgedAt ?? at,
  }
  if (alarm.state === 'latched') {
    return [{ event: 'ended', by, alarm: { ...acknowledged, state: 'ended', endedAt: at } }]
  }
  return [{ event: 'acknowledged', by, alarm: { ...acknowledged, state: 'acknowledged' } }]
}

function pause(state: PatientAlarms, command: Extract<StaffCommand, { type: 'pause' }>, at: number): Step[] {
  const { by, rings } = command
  const until = Math.min(command.until, at + LONGEST_AUDIO_PAUSE_MS)
  if (until <= at) return []
  const paused = (alarm: Alarm): Step => ({ event: 'audio-paused', by, alarm: { ...alarm, audioPausedUntil: until } })
  if (command.alarm !== undefined) {
    const alarm = state.alarms[command.alarm]
    return alarm === undefined || rangSince(alarm, rings) ? [] : [paused(alarm)]
  }
  // A high alarm that began to ring after the pause was asked for is not among what they heard.
  const heard = Object.values(state.alarms).filter(
    ({ priority, ringingSince = 0 }) => priority !== 'high' || ringingSince <= command.at,
  )
  const monitoring: Monitoring = { ...state.monitoring, audioPausedUntil: until, by }
  return [{ event: 'monitoring', by, monitoring }, ...heard.map(paused)]
}

function comment(alarm: Alarm | undefined, by: string, text: string, at: number): Step[] {
  if (alarm === undefined) return []
  return [{ event: 'commented', by, alarm: { ...alarm, comments: [...alarm.comments, { at, by, text }] } }]
}

/** The last word counts. What is held or has ended is judged too: mostly staff know only afterwards. */
function judge(state: PatientAlarms, command: Extract<StaffCommand, { type: 'verdict' }>, at: number): Step[] {
  const { verdict, by, reason, ended } = command
  const standing = state.alarms[command.alarm] ?? state.suppressed[command.alarm]
  const alarm = standing ?? endedAlarm(state, command.alarm, ended)
  if (alarm === undefined) return []
  const said = { verdict, at, by, ...(reason === undefined ? {} : { reason }) }
  return [{ event: 'judged', by, alarm: { ...alarm, verdict: said } }]
}

/** An alarm as the command brought it: of this patient, and ended. */
function endedAlarm(state: PatientAlarms, id: string, ended: Alarm | undefined): Alarm | undefined {
  return ended?.id === id && ended.patient === state.patient && ended.state === 'ended' ? ended : undefined
}

function setMonitoring(
  state: PatientAlarms,
  command: Extract<StaffCommand, { type: 'monitoring' }>,
  at: number,
): Step[] {
  const { state: wanted, by } = command
  if (wanted === 'on') return monitoringOn(state, at, by)
  const until = monitoringEnds(command, at)
  const monitoring: Monitoring = {
    state: wanted,
    by,
    ...(until === undefined ? {} : { until }),
    ...(wanted === 'discharged' ? {} : responsibilityOf(state.monitoring)),
  }
  return [
    { event: 'monitoring', by, monitoring },
    ...Object.values(state.alarms).flatMap((alarm) => hold(alarm, by, at)),
  ]
}

/** Who looks after a patient does not change with the monitoring. */
function responsibilityOf({ responsible, offered }: Monitoring): Pick<Monitoring, 'responsible' | 'offered'> {
  return { ...(responsible === undefined ? {} : { responsible }), ...(offered === undefined ? {} : { offered }) }
}

function handOver(
  state: PatientAlarms,
  { to, by, note }: Extract<StaffCommand, { type: 'hand-over' }>,
  at: number,
): Step[] {
  const offered = { to, by, at, ...(note === undefined ? {} : { note }) }
  return [{ event: 'hand-over-offered', by, monitoring: { ...state.monitoring, offered } }]
}

/** Whoever takes over is responsible from now on, and called first for what nobody has acknowledged yet. */
function takeOver(state: PatientAlarms, by: string): Step[] {
  const { offered: _offered, ...rest } = state.monitoring
  if (rest.responsible === by && _offered === undefined) return []
  const waiting = Object.values(state.alarms).filter(({ escalation }) => escalation === 0)
  return [
    { event: 'handed-over', by, monitoring: { ...rest, responsible: by } },
    ...waiting.map((alarm): Step => ({ event: 'updated', by, alarm })),
  ]
}

/** An alarm of a patient who is not monitored any more ends; where its condition stands, it is held until monitoring is on again. */
function hold(alarm: Alarm, by: string, at: number): Step[] {
  const silent: Alarm = { ...alarm, state: 'ended', endedAt: at }
  if (alarm.conditionEndedAt !== undefined) return [{ event: 'ended', by, alarm: silent }]
  return [{ event: 'suppressed', by, alarm: silent }]
}

/** Monitoring is on again: what still stands rings. */
export function monitoringOn(state: PatientAlarms, at: number, by?: string): Step[] {
  const who = by === undefined ? {} : { by }
  const held = Object.values(state.suppressed).map((alarm): Step => {
    const { endedAt: _ended, ...standing } = alarm
    const rings = ringingAnew(standing, at)
    return { event: 'raised', alarm: { ...rings, raisedAt: at } }
  })
  return [
    { event: 'monitoring', ...who, monitoring: { state: 'on', ...who, ...responsibilityOf(state.monitoring) } },
    ...held,
  ]
}
