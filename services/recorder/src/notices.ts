import { encodeJson } from '@pulsewire/codec'
import type { NoticeMessage } from '@pulsewire/contracts'
import type { LogRecord } from '@pulsewire/event-log'
import type { AccountedMessage } from '@pulsewire/vitals-store'

/** A device that reuses numbers by the thousand is told of so many a write. */
const MOST_PER_DEVICE = 10

/** What the devices are told of messages whose number was taken, as `device-commands` records. */
export function reuseNotices(reused: readonly AccountedMessage[], serverTime: number): LogRecord[] {
  const told = new Map<string, number>()
  return reused.flatMap(({ device, boot, seq }) => {
    const count = (told.get(device) ?? 0) + 1
    told.set(device, count)
    if (count > MOST_PER_DEVICE) return []
    const notice: NoticeMessage = {
      kind: 'quarantined',
      code: 'PW_SEQ_REUSED',
      detail: 'the same boot and seq came before with other content: this message was quarantined',
      ...(boot === undefined ? {} : { boot }),
      ...(seq === undefined ? {} : { seq }),
      serverTime,
    }
    return [{ key: device, headers: { kind: 'notice' }, value: encodeJson(notice) }]
  })
}
