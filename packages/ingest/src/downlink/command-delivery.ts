import { downlinkTopic, type CommandAckMessage, type CommandMessage, type NoticeMessage } from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import type { EventLog, StoredRecord } from '@pulsewire/event-log'
import { createCommandLedger, readDeviceCommand } from './command-ledger.ts'

/** The devices that can be told something from here. */
export interface ReachableDevices {
  has(device: string): boolean
  all(): Iterable<string>
}

export interface CommandDeliveryOptions {
  readonly log: Pick<EventLog, 'append' | 'ends' | 'read' | 'tail'>
  readonly now: () => number
  readonly sendAgainMs: number
  readonly reachable: ReachableDevices
  readonly publish: (device: string, topic: string, message: CommandMessage | NoticeMessage) => void
  readonly onError: (error: Error) => void
}

/** Delivers what `device-commands` holds to the devices that can be reached from here. */
export interface CommandDelivery {
  /** The device can hear commands now: it gets all that are open, whenever they were sent before. */
  listening(device: string): void
  /** Appends the device's answer, so that no broker sends the command again. */
  acknowledged(device: string, ack: CommandAckMessage): void
  stop(): Promise<void>
}

/** Reads from the log's beginning: a command stays open until it is acknowledged or expires, whoever restarts meanwhile. */
export async function startCommandDelivery(options: CommandDeliveryOptions): Promise<CommandDelivery> {
  const { log, now, publish, reachable } = options
  const ledger = createCommandLedger()

  const sendDue = (device: string, againAfterMs: number): void => {
    const topic = downlinkTopic(device, 'command')
    for (const command of ledger.due(device, now(), againAfterMs)) publish(device, topic, command)
  }
  /** All of a batch before anything is sent: its answer may stand behind the command. */
  const apply = (records: readonly StoredRecord[], live: boolean): void => {
    const changed = new Set<string>()
    for (const record of records) {
      const device = record.key
      const said = readDeviceCommand(record)
      if (said?.kind === 'ack') ledger.acknowledge(device, said.command)
      if (said?.kind === 'command') {
        ledger.add(device, said.command)
        changed.add(device)
      }
      // A notice is about something that just happened: one from before this broker's time is stale.
      if (said?.kind === 'notice' && live && reachable.has(device)) {
        publish(device, downlinkTopic(device, 'notice'), said.notice)
      }
    }
    for (const device of changed) if (reachable.has(device)) sendDue(device, options.sendAgainMs)
  }

  const ends = await log.ends('device-commands')
  for (const { partition, earliest, next } of ends) {
    const range = { from: earliest, to: next, onDamage: options.onError }
    for await (const records of log.read('device-commands', partition, range)) apply(records, false)
  }
  const tail = await log.tail({
    topics: ['device-commands'],
    from: ends.map(({ topic, partition, next }) => ({ topic, partition, offset: next })),
    handler: ({ records }) => apply(records, true),
    onError: options.onError,
  })
  const timer = setInterval(
    () => {
      ledger.prune(now())
      if (ledger.open > 0) for (const device of reachable.all()) sendDue(device, options.sendAgainMs)
    },
    Math.max(50, options.sendAgainMs / 4),
  )

  return {
    listening: (device) => sendDue(device, 0),
    acknowledged: (device, { command, result, detail, seq, boot }) => {
      const value = encodeJson({ command, result, boot, seq, ...(detail === undefined ? {} : { detail }) })
      log
        .append('device-commands', [{ key: device, headers: { kind: 'ack' }, value }])
        // The command is then sent again, and answered again.
        .catch((error: unknown) => options.onError(error instanceof Error ? error : new Error(String(error))))
    },
    stop: async () => {
      clearInterval(timer)
      await tail.stop()
    },
  }
}
