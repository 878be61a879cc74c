import type { Alarm } from '@pulsewire/contracts'
import { ringsAtAll } from '@pulsewire/contracts/sounding'

/** How this screen can be noticed. */
export interface ScreenState {
  /** The page is in front, and current. */
  visible: boolean
  sound: 'on' | 'off'
}

/** Which alarms this screen has to say it showed: each for each time that it rings, and again when the screen can be noticed otherwise. */
export interface Receipts {
  /** The receipt to send now, if there is one. What it says counts as said. */
  due(alarms: readonly Alarm[], screen: ScreenState): string | undefined
  /** The server may know nothing of this screen (any more): all is said again. */
  forget(): void
}

/** The server takes so many in one message. */
const MOST = 100

export function createReceipts(): Receipts {
  let said = new Map<string, string>()
  return {
    due(alarms, { visible, sound }) {
      const ringing = alarms.filter(ringsAtAll)
      const words = (alarm: Alarm) => `${alarm.rings ?? 0} ${alarm.escalation} ${visible} ${sound}`
      const news = ringing.filter((alarm) => said.get(alarm.id) !== words(alarm)).slice(0, MOST)
      const known = new Set(news.map(({ id }) => id))
      said = new Map(
        ringing.flatMap((alarm) => {
          const before = known.has(alarm.id) ? words(alarm) : said.get(alarm.id)
          return before === undefined ? [] : [[alarm.id, before]]
        }),
      )
      if (news.length === 0) return undefined
      return JSON.stringify({ type: 'receipt', alarms: news.map(({ id }) => ({ id })), visible, sound })
    },
    forget: () => said.clear(),
  }
}
