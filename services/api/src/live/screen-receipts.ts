import { randomBytes } from 'node:crypto'
import { ERRORS, PulsewireError, errorCodeOf, type ReceiptRecord } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { AlarmView } from '../views/alarm-view.ts'
import { parseInput } from '../http/route.ts'
import { screenMessage, type ScreenMessage } from './live-schema.ts'

/** A screen says something once an alarm; what says more than this is broken. */
const MOST_MESSAGES = 100
const IN_MS = 10_000

/** What one screen said that it showed. */
export interface ScreenReceipts {
  /** Takes a message of the socket; answers what was wrong with it, if anything was. */
  take(text: string): Promise<{ readonly code: string; readonly detail: string } | undefined>
}

/** Puts into `receipts` which alarms a screen showed: each alarm once for each time that it rings, and again when the screen can be noticed better. */
export function createScreenReceipts(deps: {
  readonly log: EventLog
  readonly alarms: AlarmView
  readonly user: string
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
}): ScreenReceipts {
  const { log, alarms, user, logger, metrics, now } = deps
  const screen = `${user}/${randomBytes(4).toString('hex')}`
  /** What was said of each alarm last. */
  const said = new Map<string, string>()
  let messages = 0
  let since = now()

  const isTooMuch = (): boolean => {
    if (Math.abs(now() - since) > IN_MS) {
      messages = 0
      since = now()
    }
    return ++messages > MOST_MESSAGES
  }
  const keep = async ({ alarms: shown, visible, sound }: ScreenMessage): Promise<void> => {
    const news = shown.flatMap(({ id }) => {
      const alarm = alarms.get(id)
      if (alarm === undefined || alarm.state === 'ended') {
        said.delete(id)
        return []
      }
      const words = `${alarm.rings ?? 0} ${alarm.escalation} ${visible} ${sound}`
      if (said.get(id) === words) return []
      said.set(id, words)
      const receipt: ReceiptRecord = {
        type: 'screen',
        patient: alarm.patient,
        alarm: id,
        screen,
        user,
        at: now(),
        visible,
        sound,
      }
      return [{ key: alarm.patient, headers: { type: 'screen' }, value: Buffer.from(JSON.stringify(receipt)) }]
    })
    if (news.length === 0) return
    try {
      await log.append('receipts', news)
    } catch (error) {
      for (const { id } of shown) said.delete(id)
      throw error
    }
  }

  return {
    take: async (text) => {
      try {
        if (isTooMuch()) throw new PulsewireError('PW_TOO_MANY_REQUESTS')
        await keep(parseInput(screenMessage, parseJson(text), 'message'))
        return undefined
      } catch (error) {
        const code = errorCodeOf(error)
        metrics.errors.inc({ code })
        const isOurs = error instanceof PulsewireError && ERRORS[code].status < 500
        if (!isOurs) logger.error({ err: error }, 'a receipt of a screen')
        return { code, detail: isOurs ? error.message : ERRORS[code].title }
      }
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PulsewireError('PW_REQUEST_INVALID', 'the message is not JSON', { cause: error })
  }
}
