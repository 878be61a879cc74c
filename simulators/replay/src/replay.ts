import { PulsewireError } from '@pulsewire/contracts'
import { startNode, type NodeOptions, type RunningNode } from '@pulsewire/wearable'
import { readRecord, type WfdbRecord } from '@pulsewire/wfdb'
import { createCompanion } from './companion.ts'
import { createRecordSource } from './record-source.ts'

export interface ReplayOptions extends NodeOptions {
  /** Path of a WFDB record without extension. */
  readonly record: string
  /** WFDB names of the signals to send (all). */
  readonly signals?: readonly string[]
  readonly fromSample?: number
  readonly toSample?: number
  /**
   * `now` (default): the recording happens now; faster than life it ends now. `original`: the times of the record's header. A `startAt` of
   * your own goes before both.
   */
  readonly times?: 'now' | 'original'
  readonly loop?: boolean
  readonly loopGapMs?: number
  /** Send simulated vitals with it, by this seed. */
  readonly simulatedVitals?: number | string
  readonly cuffEveryS?: number
}

/** The start that a header tells, taken as UTC, epoch ms; `undefined` where it tells none. */
export function originalStart(
  record: Pick<WfdbRecord, 'startTime' | 'startDate' | 'rateHz' | 'fromSample'>,
): number | undefined {
  const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(record.startDate ?? '')
  const time = /^(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/.exec(record.startTime ?? '')
  if (date === null || time === null) return undefined
  const [day, month, year] = date.slice(1).map(Number)
  const [hour, minute, seconds] = time.slice(1).map(Number)
  const midnight = Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0)
  return midnight + Math.round((seconds ?? 0) * 1000) + Math.round((record.fromSample * 1000) / record.rateHz)
}

function startOf(options: ReplayOptions, record: WfdbRecord, durationMs: number): number | undefined {
  if (options.startAt !== undefined) return options.startAt
  if (options.times === 'original') {
    const start = originalStart(record)
    if (start === undefined)
      throw new PulsewireError('PW_CONFIG_INVALID', `record ${record.name} does not tell its date: give startAt`)
    return start
  }
  const speed = options.speed ?? 1
  // what is sent faster than life must not reach into the future
  return speed > 1 ? (options.clock?.now() ?? Date.now()) - durationMs : undefined
}

/**
 * A recording as a wearable: bit for bit (scale = 1/gain, offset = baseline), through the same node and spool as the simulated ones.
 * @throws PulsewireError PW_CONFIG_INVALID; WfdbError where the record cannot be read
 */
export async function startReplay(options: ReplayOptions): Promise<RunningNode> {
  if (options.loop === true && (options.speed ?? 1) > 1) {
    throw new PulsewireError('PW_CONFIG_INVALID', 'a loop faster than life would run into the future')
  }
  const { signals, fromSample, toSample, loop, loopGapMs } = options
  const record = await readRecord(options.record, {
    ...(signals === undefined ? {} : { signals }),
    ...(fromSample === undefined ? {} : { fromSample }),
    ...(toSample === undefined ? {} : { toSample }),
  })
  const source = createRecordSource(record, {
    ...(loop === undefined ? {} : { loop }),
    ...(loopGapMs === undefined ? {} : { loopGapMs }),
    ...(options.simulatedVitals === undefined
      ? {}
      : { companion: createCompanion(options.simulatedVitals, options.cuffEveryS) }),
  })
  const startAt = startOf(options, record, source.durationMs)
  const model = `Replay of record ${record.name}${options.simulatedVitals === undefined ? '' : ', vitals simulated'}`
  return startNode(source, { model, ...options, ...(startAt === undefined ? {} : { startAt }) })
}
