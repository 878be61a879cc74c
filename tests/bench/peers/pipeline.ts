import type { Credential } from '@pulsewire/fleet'

/** A way from the devices to a time-series store, as somebody would build it: what the comparison asks of each. */
export interface Pipeline {
  readonly name: string
  readonly mqttUrl: string
  readonly credentials: readonly Credential[]
  readonly payload: 'cbor' | 'line-protocol'
  /** Its processes, by name. */
  pids(): Record<string, number>
  /** SIGKILL to all of its processes at once, then all of them started again, on the data that is there. */
  killAndRestart(): Promise<void>
  /** Messages in the store; asked until it does not grow any more. */
  stored(): Promise<number>
  stop(): Promise<void>
}

export interface PipelineOptions {
  readonly directory: string
  readonly devices: number
}

/** The devices of a pipeline that asks for no password. */
export function strangers(count: number): Credential[] {
  return Array.from({ length: count }, (_, index) => ({ username: `w-${index}`, password: 'none' }))
}

const STEADY_FOR_MS = 6_000
const ASK_EVERY_MS = 500

/** Asks `count` until the answer has been the same for some seconds (a batching writer pauses for less). */
export async function whenSteady(count: () => Promise<number>): Promise<number> {
  let last = -1
  let since = performance.now()
  for (;;) {
    const now = await count()
    if (now !== last) {
      last = now
      since = performance.now()
    } else if (performance.now() - since > STEADY_FOR_MS) return now
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
}
