import { setTimeout as sleep } from 'node:timers/promises'
import { downlinkTopic, type CommandAckMessage, type CommandMessage, type NoticeMessage } from '@pulsewire/contracts'
import { encodeJson } from '@pulsewire/codec'
import type { EventLog, StoredRecord, Tail } from '@pulsewire/event-log'
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
  /** True: do not wait for the log at the start (a broker with a spool). What it holds is delivered once it can be read. */
  readonly logMayBeAway?: boolean
}

const TRY_AGAIN_MS = 1_000

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
  /** Until all has been read once, the answer to a command may be among what has not. */
  let complete = false

  const sendDue = (device: string, againAfterMs: number): void => {
    if (!complete) return
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

  /** Everything there is, then what comes. Read again from the beginning where that fails: the ledger knows each command by its id. */
  const follow = async (): Promise<Tail> => {
    const ends = await log.ends('device-commands')
    for (const { partition, earliest, next } of ends) {
      const range = { from: earliest, to: next, onDamage: options.onError }
      for await (const records of log.read('device-commands', partition, range)) apply(records, false)
    }
    complete = true
    for (const device of reachable.all()) sendDue(device, options.sendAgainMs)
    return log.tail({
      topics: ['device-commands'],
      from: ends.map(({ topic, partition, next }) => ({ topic, partition, offset: next })),
      handler: ({ records }) => apply(records, true),
      onError: options.onError,
    })
  }
  const followWhenThere = async (): Promise<void> => {
    let told: string | undefined
    while (!stopping.signal.aborted) {
      try {
        const followed = await follow()
        if (stopping.signal.aborted) await followed.stop()
        else tail = followed
        return
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown))
        if (error.message !== told) options.onError(error)
        told = error.message
      }
      await sleep(TRY_AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const stopping = new AbortController()
  let tail: Tail | undefined
  if (options.logMayBeAway === true) void followWhenThere()
  else tail = await follow()

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
        // (Behind a spool the log tells much later.)
        .then(() => ledger.acknowledge(device, command))
        // The command is then sent again, and answered again.
        .catch((error: unknown) => options.onError(error instanceof Error ? error : new Error(String(error))))
    },
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await tail?.stop()
    },
  }
}
