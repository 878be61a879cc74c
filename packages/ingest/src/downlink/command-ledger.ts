import {
  commandMessage,
  errorCodeOf,
  noticeMessage,
  type CommandMessage,
  type NoticeMessage,
} from '@pulsewire/contracts'
import { decodeJson } from '@pulsewire/codec'
import type { StoredRecord } from '@pulsewire/event-log'

/**
 * What a `device-commands` record says (key = device, value = JSON): header `kind` = `command` (a CommandMessage), `notice` (a
 * NoticeMessage) or `ack` (`{"command":id,…}`: the command needs not be sent any more).
 */
export type DeviceCommandRecord =
  | { readonly kind: 'command'; readonly command: CommandMessage }
  | { readonly kind: 'notice'; readonly notice: NoticeMessage }
  | { readonly kind: 'ack'; readonly command: string }

/** Reads a record of `device-commands`; `undefined` where it is none that we know. */
export function readDeviceCommand(record: Pick<StoredRecord, 'headers' | 'value'>): DeviceCommandRecord | undefined {
  if (record.value === null) return undefined
  const value = readJson(record.value)
  if (record.headers['kind'] === 'command') {
    const { success, data } = commandMessage.safeParse(value)
    return success ? { kind: 'command', command: data } : undefined
  }
  if (record.headers['kind'] === 'notice') {
    const { success, data } = noticeMessage.safeParse(value)
    return success ? { kind: 'notice', notice: data } : undefined
  }
  if (record.headers['kind'] !== 'ack' || typeof value !== 'object' || value === null) return undefined
  const command: unknown = 'command' in value ? value.command : undefined
  return typeof command === 'string' ? { kind: 'ack', command } : undefined
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return decodeJson(bytes)
  } catch (error) {
    if (errorCodeOf(error) === 'PW_INTERNAL') throw error
    return undefined
  }
}

/** Commands that are neither acknowledged nor expired, by device. Fed with the log, in order. */
export interface CommandLedger {
  readonly open: number
  add(device: string, command: CommandMessage): void
  acknowledge(device: string, command: string): void
  /** What is to be sent to `device` now: never sent, or sent longer than `againAfterMs` ago. Counts as sent. */
  due(device: string, nowMs: number, againAfterMs: number): CommandMessage[]
  /** Forgets what has expired. */
  prune(nowMs: number): void
}

export function createCommandLedger(): CommandLedger {
  const devices = new Map<string, Map<string, { command: CommandMessage; sentAt: number }>>()
  const remove = (device: string, command: string): void => {
    const commands = devices.get(device)
    commands?.delete(command)
    if (commands?.size === 0) devices.delete(device)
  }
  return {
    get open() {
      let open = 0
      for (const commands of devices.values()) open += commands.size
      return open
    },
    add: (device, command) => {
      const commands = devices.get(device) ?? new Map<string, { command: CommandMessage; sentAt: number }>()
      devices.set(device, commands)
      if (!commands.has(command.id)) commands.set(command.id, { command, sentAt: -Infinity })
    },
    acknowledge: remove,
    due: (device, nowMs, againAfterMs) => {
      const due: CommandMessage[] = []
      for (const entry of devices.get(device)?.values() ?? []) {
        if (entry.command.expiresAt <= nowMs || nowMs - entry.sentAt < againAfterMs) continue
        entry.sentAt = nowMs
        due.push(entry.command)
      }
      return due
    },
    prune: (nowMs) => {
      for (const [device, commands] of devices) {
        for (const { command } of commands.values()) if (command.expiresAt <= nowMs) remove(device, command.id)
      }
    },
  }
}
