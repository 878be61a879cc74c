import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../../infra/local/index.ts'
import type { TestService } from '../support/services.ts'
import type { TestSystem } from '../support/system.ts'

/** A process that can be killed or hung, and comes back. */
export interface Target {
  /** What it is one of: `kafka`, `broker`, … */
  readonly kind: string
  readonly label: string
  kill(): Promise<void>
  /** Starts it again; resolves when it serves. */
  revive(): Promise<void>
  pause(): void
  resume(): void
}

export function engineTarget(kind: string, engine: Engine): Target {
  return {
    kind,
    label: kind,
    kill: () => engine.kill(),
    revive: () => engine.start(),
    pause: () => engine.pause(),
    resume: () => engine.resume(),
  }
}

const KEEP_EVERY_MS = 250

/** Starts again what ends by itself, as a container platform does. */
export interface Keeper {
  readonly targets: readonly Target[]
  /** Processes that ended without having been killed by us, by service. */
  crashes(): Record<string, number>
  stop(): Promise<void>
}

/** Takes the services of a system into its keeping. */
export function keepServices(system: TestSystem, log: (line: string) => void): Keeper {
  /** Being disturbed: its end is ours to mend. */
  const held = new Set<TestService>()
  const stopping = new AbortController()

  const reviveForSure = async (service: TestService): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await service.restart()
        return
      } catch (error) {
        log(`${service.label} does not start yet: ${String(error).split('\n')[0]}`)
        await sleep(1_000)
      }
    }
  }
  const watch = async (): Promise<void> => {
    const reviving = new Set<TestService>()
    while (!stopping.signal.aborted) {
      for (const service of system.services) {
        if (service.pid !== undefined || held.has(service) || reviving.has(service)) continue
        log(`${service.label} ended by itself: ${service.stderr().trim().split('\n').at(-1) ?? ''}`)
        reviving.add(service)
        void reviveForSure(service).finally(() => reviving.delete(service))
      }
      await sleep(KEEP_EVERY_MS)
    }
  }
  const done = watch()
  const targetOf = (service: TestService): Target => ({
    kind: service.name,
    label: service.label,
    kill: async () => {
      held.add(service)
      await service.kill()
    },
    revive: async () => {
      await reviveForSure(service)
      held.delete(service)
    },
    pause: () => service.pause(),
    resume: () => service.resume(),
  })
  return {
    targets: system.services.map(targetOf),
    crashes: () => {
      const crashed = system.services.filter(({ crashes }) => crashes > 0)
      return Object.fromEntries(crashed.map(({ label, crashes }) => [label, crashes]))
    },
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}
