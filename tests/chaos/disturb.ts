import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@pulsewire/wearable'
import type { Target } from './targets.ts'

/** What was done to whom, and how long until it served again. */
export interface Disturbance {
  readonly how: 'kill' | 'pause'
  readonly kind: string
  readonly label: string
  /** Performance clock, ms. */
  readonly at: number
  readonly downMs: number
  /** From the end of the outage until it serves. */
  readonly readyMs: number
}

export interface LaneOptions {
  readonly targets: readonly Target[]
  readonly random: Random
  /** Asked before each: false ends the lane. */
  readonly takeTurn: () => boolean
  /** Shortest and longest pause between two disturbances, ms. */
  readonly gapMs: readonly [number, number]
  /** How long a target stays down or hung, ms. */
  readonly downMs: readonly [number, number]
  /** Share of disturbances that hang (SIGSTOP) instead of killing. They do not count as kills. */
  readonly pauses: number
  readonly onDone: (disturbance: Disturbance) => void
}

/** Disturbs one target after the other at random. Two lanes side by side overlap their outages. */
export async function disturb(options: LaneOptions): Promise<void> {
  const { targets, random, gapMs, downMs, pauses, onDone } = options
  for (;;) {
    await sleep(random.between(...gapMs))
    const how = random.next() < pauses ? 'pause' : 'kill'
    const target = targets[Math.floor(random.next() * targets.length)]
    if (target === undefined) return
    if (how === 'kill' && !options.takeTurn()) return
    const outageMs = random.between(...downMs)
    onDone({ how, kind: target.kind, label: target.label, ...(await outage(target, how, outageMs)) })
  }
}

/** One outage of a target, until it serves again. */
export async function outage(
  target: Target,
  how: Disturbance['how'],
  downMs: number,
): Promise<Pick<Disturbance, 'at' | 'downMs' | 'readyMs'>> {
  const at = performance.now()
  if (how === 'pause') target.pause()
  else await target.kill()
  await sleep(downMs)
  const mendedAt = performance.now()
  if (how === 'pause') target.resume()
  else await target.revive()
  return { at, downMs: Math.round(mendedAt - at), readyMs: Math.round(performance.now() - mendedAt) }
}
