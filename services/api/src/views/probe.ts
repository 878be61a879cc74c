import { errorCodeOf, type LogPosition } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { within as answerWithin } from './within.ts'

const ANSWER_WITHIN_MS = 2_000
/** The recorder may have something to do for so long without finishing a commit, ms. */
const STUCK_AFTER_MS = 15_000

export interface ProbeResult {
  readonly log: string
  readonly registry: string
  readonly store: string
  readonly recording: string
  readonly ok: boolean
}

/** Asks log, registry and store, each within two seconds, and watches that recording goes on. Every answer is `ok` or what is wrong. */
export function createProbe(deps: {
  log: EventLog
  view: RegistryView
  store: VitalsStore
  now: () => number
}): () => Promise<ProbeResult> {
  const { log, view, store, now } = deps
  let stored = -1
  let lastProgressAt = now()

  const recordingOf = async (positions: readonly LogPosition[]): Promise<string> => {
    const ends = await log.ends('telemetry')
    const total = positions.reduce((sum, position) => sum + position.offset, 0)
    const waiting = ends.reduce((sum, end) => sum + end.next, 0) - total
    if (total !== stored || waiting <= 0) {
      stored = total
      lastProgressAt = now()
    }
    const stuckMs = now() - lastProgressAt
    return stuckMs > STUCK_AFTER_MS
      ? `${waiting} messages wait, nothing recorded for ${Math.round(stuckMs / 1000)} s`
      : 'ok'
  }

  return async () => {
    const positions = within(store.positions(['telemetry']))
    const [logSays, registrySays, storeSays, recording] = await Promise.all([
      answerOf(within(log.ends('registry'))),
      answerOf(view.catchUp(ANSWER_WITHIN_MS)),
      answerOf(positions),
      positions.then((found) => within(recordingOf(found))).catch((error: unknown) => `unknown: ${wordsOf(error)}`),
    ])
    const ok = [logSays, registrySays, storeSays, recording].every((says) => says === 'ok')
    return { log: logSays, registry: registrySays, store: storeSays, recording, ok }
  }
}

const within = <T>(asked: Promise<T>): Promise<T> => answerWithin(asked, ANSWER_WITHIN_MS)

async function answerOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked
    return 'ok'
  } catch (error) {
    return wordsOf(error)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : errorCodeOf(error))
