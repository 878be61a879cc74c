import type { CoreSnapshot, PatientCore } from '../core/patient-core.ts'
import type { DetectionOutput } from '../types.ts'
import type { TelemetryItem } from './sequencer.ts'

/** A stretch goes on while the next message follows within this; else a new one begins. */
const MAX_HOLE_MS = 60_000
/** No message for so long, wall-clock: the stretch is over. */
const OVER_AFTER_MS = 60_000

export interface StretchSnapshot {
  readonly core: CoreSnapshot
  readonly boot: string
  readonly seq: number
  readonly lastMs: number
  readonly receivedAt: number
}

interface Stretch extends Omit<StretchSnapshot, 'core'> {
  readonly core: PatientCore
}

/** Old data that fills in behind the memory of the live analysis: analysed on its own, in order, a stretch for each device. */
export interface LateStretches {
  process(item: TelemetryItem): DetectionOutput[]
  /** Ends the stretches to which nothing has been added lately. */
  tick(nowMs: number): DetectionOutput[]
  snapshot(): Record<string, StretchSnapshot>
}

export function createLateStretches(
  open: (from: CoreSnapshot | undefined) => PatientCore,
  from: Readonly<Record<string, StretchSnapshot>> = {},
): LateStretches {
  const stretches = new Map<string, Stretch>()
  for (const [device, { core, ...rest }] of Object.entries(from)) stretches.set(device, { ...rest, core: open(core) })

  return {
    process: (item) => {
      const { device, time, boot = '', seq = 0, receivedAt } = item.headers
      const outputs: DetectionOutput[] = []
      let stretch = stretches.get(device)
      if (stretch !== undefined && !follows(stretch, item)) {
        outputs.push(...stretch.core.close())
        stretch = undefined
      }
      const core = stretch?.core ?? open(undefined)
      stretches.set(device, { core, boot, seq, lastMs: time, receivedAt })
      outputs.push(...core.process(item))
      return outputs
    },
    tick: (nowMs) => {
      const outputs: DetectionOutput[] = []
      for (const [device, { core, receivedAt }] of stretches) {
        if (nowMs - receivedAt < OVER_AFTER_MS) continue
        outputs.push(...core.close())
        stretches.delete(device)
      }
      return outputs
    },
    snapshot: () =>
      Object.fromEntries(
        [...stretches].map(([device, { core, ...rest }]) => [device, { ...rest, core: core.snapshot() }]),
      ),
  }
}

function follows(stretch: Stretch, { headers }: TelemetryItem): boolean {
  const sameBoot = stretch.boot === (headers.boot ?? '')
  if (sameBoot && (headers.seq ?? 0) <= stretch.seq) return false
  const aheadMs = headers.time - stretch.lastMs
  return aheadMs >= 0 && aheadMs <= MAX_HOLE_MS
}
