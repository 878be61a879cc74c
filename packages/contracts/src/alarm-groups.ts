import type { Alarm } from './alarms.ts'

// Which alarms have one cause, for the screens: apart from the schemas, so that a browser loads no more than this.

/** What began so close together began at once. [K: devices report every second; a will is told within a few] */
const AT_ONCE_MS = 30_000
/** So many patients whose devices fall silent at once: it is the network, or what is behind it. */
const OUTAGE_PATIENTS = 3

/**
 * Why alarms go together: one `device` (silent, or its electrodes off), several devices of one `patient` that fell silent at once, an `outage` that
 * silenced several patients, the `system` itself; `none`: an alarm by itself.
 */
export type AlarmCause = 'none' | 'device' | 'patient' | 'outage' | 'system'

/** Alarms of one cause. What a group shows as one stays as many for whoever counts, rings and acknowledges. */
export interface AlarmGroup {
  /** The id of `cause`: it stays while that alarm stands. */
  readonly id: string
  readonly why: AlarmCause
  /** The alarm that tells of the cause. */
  readonly cause: Alarm
  /** All of them, the cause first, then by onset. */
  readonly members: readonly Alarm[]
}

/** What an alarm of the same device can be a consequence of, the nearest cause first. */
const CAUSES: Readonly<Partial<Record<Alarm['type'], readonly Alarm['type'][]>>> = {
  'battery-low': ['no-data'],
  'signal-quality': ['no-data', 'lead-off', 'signal-quality'],
  'lead-off': ['no-data', 'lead-off'],
}

/**
 * The alarms in groups of one cause, in the order in which they come. Technical alarms alone are grouped: what is wrong with a patient is never folded
 * into what is wrong with the equipment.
 */
export function groupAlarms(alarms: Iterable<Alarm>): AlarmGroup[] {
  const all = [...alarms]
  const rootOf = new Map<string, Alarm>()
  for (const alarm of all) rootOf.set(alarm.id, deviceCause(alarm, all))
  const whyOf = new Map<string, AlarmCause>()
  const silent = all.filter((alarm) => alarm.type === 'no-data')
  for (const { root, members, why } of [...outages(silent), ...systemOutage(all, silent)]) {
    whyOf.set(root.id, why)
    for (const member of members) rootOf.set(member.id, root)
  }
  const groups = new Map<string, Alarm[]>()
  for (const alarm of all) {
    const root = lastRoot(alarm, rootOf)
    groups.set(root.id, [...(groups.get(root.id) ?? []), alarm])
  }
  return [...groups].flatMap(([id, members]): AlarmGroup[] => {
    const cause = members.find((member) => member.id === id)
    if (cause === undefined) return []
    const others = members.filter((member) => member !== cause).toSorted(byOnset)
    const why = members.length === 1 ? 'none' : (whyOf.get(id) ?? 'device')
    return [{ id, why, cause, members: [cause, ...others] }]
  })
}

function byOnset(a: Alarm, b: Alarm): number {
  return a.onset - b.onset || (a.id < b.id ? -1 : 1)
}

/** The alarm of the same device that explains this one, or itself: of several of one type, the first. */
function deviceCause(alarm: Alarm, all: readonly Alarm[]): Alarm {
  const { patient, device } = alarm
  if (device === undefined) return alarm
  for (const type of CAUSES[alarm.type] ?? []) {
    const candidates = all.filter(
      (other) => other.patient === patient && other.device === device && other.type === type,
    )
    const [first] = candidates.toSorted(byOnset)
    if (first !== undefined) return first
  }
  return alarm
}

interface Found {
  readonly root: Alarm
  readonly members: readonly Alarm[]
  readonly why: AlarmCause
}

/** Devices that fell silent at once: of several patients, or of one. */
function outages(silent: readonly Alarm[]): Found[] {
  const clusters: Alarm[][] = []
  for (const alarm of silent.toSorted(byOnset)) {
    const cluster = clusters.at(-1)
    const began = cluster?.[0]?.onset ?? -Infinity
    if (cluster !== undefined && alarm.onset - began <= AT_ONCE_MS) cluster.push(alarm)
    else clusters.push([alarm])
  }
  return clusters.flatMap((cluster): Found[] => {
    const patients = new Set(cluster.map(({ patient }) => patient))
    if (patients.size >= OUTAGE_PATIENTS) return found('outage', cluster)
    return [...patients].flatMap((patient) =>
      found(
        'patient',
        cluster.filter((alarm) => alarm.patient === patient),
      ),
    )
  })
}

/** Where the system itself fails, that is the cause of what fell silent since. */
function systemOutage(all: readonly Alarm[], silent: readonly Alarm[]): Found[] {
  const system = all.filter(({ type }) => type === 'system').toSorted(byOnset)
  const since = (system[0]?.onset ?? Infinity) - AT_ONCE_MS
  return found('system', [...system, ...silent.filter(({ onset }) => onset >= since)])
}

function found(why: AlarmCause, members: readonly Alarm[]): Found[] {
  const [root] = members
  return root === undefined || members.length < 2 ? [] : [{ root, members, why }]
}

/** A cause may have a cause itself: a lead that is off, of a device that is silent, of an outage. */
function lastRoot(alarm: Alarm, rootOf: ReadonlyMap<string, Alarm>): Alarm {
  let root = alarm
  for (;;) {
    const next = rootOf.get(root.id)
    if (next === undefined || next.id === root.id) return root
    root = next
  }
}
