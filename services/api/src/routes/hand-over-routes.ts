import {
  DEFAULT_LIMITS,
  PulsewireError,
  annotationsOf,
  type Alarm,
  type Annotation,
  type Finding,
  type Patient,
  type StaffCommand,
  unitOf,
} from '@pulsewire/contracts'
import { devicesAt } from '@pulsewire/registry'
import type { SeriesCoverage, TimeRange } from '@pulsewire/vitals-store'
import { z } from 'zod'
import { createWorkLimit } from '../auth/work-limit.ts'
import type { ApiContext } from '../context.ts'
import { instant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { silentSpans } from '../reports/completeness.ts'
import { pastAlarms } from '../reports/past-alarms.ts'
import { RHYTHMS, alarmCounts, courseOf, limitChanges, rhythmEpisodes } from '../reports/shift-course.ts'
import { setShiftTimes, shiftAt, shiftTimes, shiftTimesOf } from '../reports/shifts.ts'
import { unmonitoredSpans, without, wornSpans } from '../reports/spans.ts'
import { commandsIn, patientChanges, type PatientChange } from '../reports/staff-log.ts'
import { patientsOfUnit } from '../reports/unit.ts'
import { handOverAnswer } from './hand-over-shapes.ts'

const HOUR_MS = 3_600_000
const LONGEST_MS = 48 * HOUR_MS
const LOOK_BACK_MS = 14 * 24 * HOUR_MS
const GAP_WINDOW_MS = 60_000
const SHORTEST_GAP_MS = 5 * 60_000
/** A device that is heard in so many of the minutes sends all the time: then a silence is a gap. */
const STEADY_SHARE = 0.5
const AT_ONCE = 4

type PatientShift = z.input<typeof handOverAnswer>['patients'][number]

/** What was read at once for all patients. */
interface Shift extends TimeRange {
  readonly alarms: readonly Alarm[]
  readonly findings: readonly Finding[]
  readonly commands: readonly StaffCommand[]
  readonly changes: readonly PatientChange[]
  readonly coverage: readonly SeriesCoverage[]
}

export function handOverRoutes(context: ApiContext): Route[] {
  const { log, store, registry, views, now } = context

  const gapsOf = (patient: string, range: TimeRange, off: readonly TimeRange[], shift: Shift) =>
    [...registry.state.associations.values()].flatMap(({ entity: { id: device, spans } }) => {
      const expected = without(wornSpans(spans, patient, range), off)
      const series = shift.coverage.filter((one) => one.patient === patient && one.device === device)
      const silent = silentSpans(series, expected, GAP_WINDOW_MS)
      const heard = new Set(series.flatMap(({ windows }) => windows.map(([start]) => start))).size * GAP_WINDOW_MS
      const expectedMs = expected.reduce((sum, { from, to }) => sum + to - from, 0)
      if (heard < STEADY_SHARE * expectedMs) return []
      return silent.filter(({ from, to }) => to - from >= SHORTEST_GAP_MS).map((span) => ({ ...span, device }))
    })

  const shiftOf = async (patient: Patient, shift: Shift): Promise<PatientShift> => {
    const { id, name, place, dateOfBirth, sex } = patient
    const range = { from: shift.from, to: shift.to }
    const own = <T extends { readonly patient: string }>(all: readonly T[]): T[] =>
      all.filter((one) => one.patient === id)
    const rang = own(shift.alarms)
    const monitoring = views.alarms.monitoringOf(id)
    const commands = own(shift.commands)
    const off = unmonitoredSpans(
      commands.filter((command) => command.type === 'monitoring'),
      monitoring,
      range,
    )
    const counts = (wanted: (alarm: Alarm) => boolean) => alarmCounts(rang.filter(wanted), range)
    const physiological = (priority: string) =>
      counts((alarm) => alarm.kind === 'physiological' && alarm.priority === priority)
    return {
      id,
      name,
      ...(place === undefined ? {} : { place }),
      ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
      ...(sex === undefined ? {} : { sex }),
      monitoring,
      handOvers: commands.flatMap((command) => handOverOf(command, shift.from - (shift.to - shift.from))),
      notes: annotationsOf(commands).flatMap((note) => noteOf(note, range)),
      latest: Object.fromEntries(
        [...views.latest.of(id).values()].map(({ code, ...value }) => [
          code,
          { value: value.value, time: value.time, device: value.device, unit: unitOf(code) ?? '' },
        ]),
      ),
      alarms: {
        high: physiological('high'),
        medium: physiological('medium'),
        low: physiological('low'),
        technical: counts(({ kind }) => kind === 'technical'),
      },
      standing: own(views.alarms.current()),
      ...(await courseOf(store, id, range)),
      rhythms: rhythmEpisodes(own(shift.findings), range),
      limitChanges: limitChanges(
        shift.changes.filter(({ after }) => after.id === id),
        range,
        DEFAULT_LIMITS,
      ),
      unmonitored: off,
      devices: devicesAt(registry.state, id, now()).map((device) => presentDevice(context, device)),
      gaps: gapsOf(id, range, off, shift),
    }
  }

  return [
    route({
      method: 'GET',
      path: '/reports/hand-over',
      tag: 'reports',
      summary:
        'What the next shift must know of each patient of a unit: what happened, what stands, who is responsible',
      access: 'read-ward',
      query: z.strictObject({
        unit: z.string().min(1).max(200).optional().describe('patients whose place begins with this'),
        from: instant.optional().describe('default: the beginning of the shift that is now'),
        to: instant.optional().describe('default: the end of the shift in which `from` lies'),
      }),
      response: handOverAnswer,
      handle: async ({ query }) => {
        const shifts = shiftTimesOf(registry)
        const at = now()
        const from = query.from ?? shiftAt(at, shifts).from
        const to = query.to ?? shiftAt(from, shifts).to
        if (from > to) throw new PulsewireError('PW_REQUEST_INVALID', 'from: lies after to')
        if (to - from > LONGEST_MS) throw new PulsewireError('PW_REQUEST_INVALID', 'from: at most 48 hours')
        const patients = patientsOfUnit(registry, query)
        const ids = new Set(patients.map(({ id }) => id))
        const range = { from, to: Math.max(from, Math.min(to, at)) }
        const [alarms, findings, commands, changes, coverage] = await Promise.all([
          collected(pastAlarms(context, range, { patients: ids })),
          allFindings(context, range),
          commandsIn(log, { from: from - LOOK_BACK_MS, to }, ids),
          patientChanges(log, ids),
          store.coverage({ ...range, patients: [...ids], everyMs: GAP_WINDOW_MS }),
        ])
        const shift = { ...range, alarms, findings, commands, changes, coverage: coverage.series }
        const limited = createWorkLimit(AT_ONCE, Number.POSITIVE_INFINITY)
        const presented = await Promise.all(patients.map((patient) => limited.run(() => shiftOf(patient, shift))))
        return { from, to, now: at, shifts, patients: presented.toSorted(byPlace) }
      },
    }),
    route({
      method: 'GET',
      path: '/ward/shifts',
      tag: 'reports',
      summary: "When the ward's shifts begin, by its own clock",
      access: 'signed-in',
      response: shiftTimes,
      handle: () => Promise.resolve(shiftTimesOf(registry)),
    }),
    route({
      method: 'PUT',
      path: '/ward/shifts',
      tag: 'reports',
      summary: "Set when the ward's shifts begin",
      access: 'manage-users',
      body: shiftTimes,
      response: shiftTimes,
      handle: ({ body, call }) => setShiftTimes(registry, body, call.session?.user ?? ''),
    }),
  ]
}

/** A note as the next shift reads it: what was written or corrected in the range, and not struck out. */
function noteOf(
  { at, until, text, category, by, enteredAt, struck }: Annotation,
  range: TimeRange,
): PatientShift['notes'] {
  if (struck === true || enteredAt < range.from || enteredAt >= range.to) return []
  return [{ at, ...(until === undefined ? {} : { until }), text, category, by }]
}

/** Offers and takings over from a time on. */
function handOverOf(command: StaffCommand, since: number): PatientShift['handOvers'] {
  if (command.at < since) return []
  const { at, by } = command
  if (command.type === 'take-over') return [{ at, by }]
  if (command.type !== 'hand-over') return []
  return [{ at, by, to: command.to, ...(command.note === undefined ? {} : { note: command.note }) }]
}

function presentDevice({ registry, views }: ApiContext, device: string): PatientShift['devices'][number] {
  const status = views.devices.statusOf(device)
  const model = registry.state.devices.get(device)?.entity.model ?? status?.model
  const lastSeenAt = views.devices.lastSeenAt(device)
  return {
    id: device,
    ...(model === undefined ? {} : { model }),
    ...(status === undefined ? {} : { state: status.state }),
    ...(status?.battery === undefined ? {} : { battery: status.battery }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  }
}

async function allFindings({ store }: ApiContext, { from, to }: TimeRange): Promise<Finding[]> {
  const found = new Map<string, Finding>()
  let pageFrom: number | undefined = from
  while (pageFrom !== undefined) {
    const page: Awaited<ReturnType<typeof store.findings>> = await store.findings({
      from: pageFrom,
      to,
      types: RHYTHMS,
    })
    // What began before a later page comes with that page again.
    for (const finding of page.findings) found.set(finding.id, finding)
    pageFrom = page.next
  }
  return [...found.values()]
}

async function collected<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of all) found.push(one)
  return found
}

/** As a round goes: beds in the order of their numbers. */
function byPlace(
  one: { place?: string | undefined; name: string },
  other: { place?: string | undefined; name: string },
): number {
  return (one.place ?? one.name).localeCompare(other.place ?? other.name, 'en', { numeric: true })
}
