import type { LeadName } from './leads.ts'
import type { NumericParameters, Parameters, SwitchedParameters } from './parameters.ts'

/** A stretch of time: `set` switches at its start, `to` is reached linearly at its end. What it does not name stays as it is. */
export interface Segment {
  readonly durationS: number
  readonly to?: Readonly<Partial<NumericParameters>>
  readonly set?: Readonly<Partial<SwitchedParameters>>
}

/** Something that the patient or the node reports, `atS` seconds after the start. */
export interface ScenarioEvent {
  readonly atS: number
  readonly event: string
  readonly detail?: string
}

/** A course of illness or of faults, as data. The first segment is the time before the onset. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly segments: readonly Segment[]
  readonly events?: readonly ScenarioEvent[]
  /** The leads that show it; a node may send others. */
  readonly leads: readonly LeadName[]
  /** Begin again after the last segment (faults that come and go). */
  readonly repeat?: boolean
  /** The patient as the scenario begins, where that is not a healthy adult. */
  readonly from?: Readonly<Partial<Parameters>>
}

/** Seconds from the start to the end of the first segment: the onset of what the scenario is about. */
export function onsetS(scenario: Scenario): number {
  return scenario.segments[0]?.durationS ?? 0
}

/** The same scenario with its onset at another time. Events move with it. */
export function withOnset(scenario: Scenario, atS: number): Scenario {
  const [first, ...rest] = scenario.segments
  if (first === undefined) return scenario
  const shiftS = atS - first.durationS
  return {
    ...scenario,
    segments: [{ ...first, durationS: atS }, ...rest],
    ...(scenario.events === undefined
      ? {}
      : { events: scenario.events.map((event) => ({ ...event, atS: Math.max(0, event.atS + shiftS) })) }),
  }
}

function ramp(from: Parameters, to: Readonly<Partial<NumericParameters>>, fraction: number): Parameters {
  const result: Parameters = { ...from }
  for (const key of Object.keys(to) as (keyof NumericParameters)[]) {
    const target = to[key]
    if (target !== undefined) result[key] = from[key] + (target - from[key]) * fraction
  }
  return result
}

/** The parameters at a time of the scenario: a pure function, so that any moment can be asked for. */
export function parametersAt(scenario: Scenario, base: Parameters, timeS: number): Parameters {
  const totalS = scenario.segments.reduce((sum, segment) => sum + segment.durationS, 0)
  let remainingS = scenario.repeat === true && totalS > 0 ? timeS % totalS : timeS
  let parameters: Parameters = { ...base, ...scenario.from }
  for (const segment of scenario.segments) {
    parameters = { ...parameters, ...segment.set }
    const fraction = segment.durationS > 0 ? Math.min(1, remainingS / segment.durationS) : 1
    parameters = ramp(parameters, segment.to ?? {}, fraction)
    if (remainingS < segment.durationS) break
    remainingS -= segment.durationS
  }
  return parameters
}

/** The events in `[fromS, toS)`. */
export function eventsBetween(scenario: Scenario, fromS: number, toS: number): ScenarioEvent[] {
  return (scenario.events ?? []).filter((event) => event.atS >= fromS && event.atS < toS)
}
