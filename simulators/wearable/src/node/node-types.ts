import type { NoticeMessage, UplinkMessage } from '@pulsewire/contracts'
import type { Clock } from './clock.ts'
import type { Credential } from './link.ts'

export interface NodeOptions {
  /** `mqtt://host:port` or `mqtts://…`. */
  readonly url: string
  readonly device: string
  readonly credential: Credential
  /** PEM of the authority behind an mqtts broker. */
  readonly ca?: string
  readonly model?: string
  readonly firmware?: string
  /** Device time of the first sample, epoch ms (now). */
  readonly startAt?: number
  /** Seconds of data per second of life (1); `Infinity` = as fast as the broker takes it. */
  readonly speed?: number
  readonly encoding?: 'json' | 'cbor'
  /** Messages on the way without a PUBACK (100). */
  readonly window?: number
  /** Messages kept (100,000); with a directory they outlive the process. */
  readonly spoolCapacity?: number
  readonly spoolDirectory?: string
  readonly keepaliveS?: number
  /** The first and the longest wait before a reconnect, ms (500, 30,000). */
  readonly firstRetryMs?: number
  readonly maximumRetryMs?: number
  readonly clock?: Clock
  readonly random?: () => number
  /** Each message as it is measured: what a test compares with what arrived. */
  readonly onProduced?: (uplink: UplinkMessage) => void
}

export interface NodeStats {
  readonly boot: string
  readonly produced: number
  readonly acked: number
  readonly spooled: number
  readonly inFlight: number
  /** Given up because the spool was full. */
  readonly dropped: number
  readonly connected: boolean
  readonly connects: number
  readonly notices: Readonly<Record<NoticeMessage['kind'], number>>
  readonly lastNotice: NoticeMessage | undefined
  readonly commands: number
  readonly lastError: string | undefined
  /** The source has ended, or the battery is flat. */
  readonly ended: boolean
}

export interface RunningNode {
  readonly stats: NodeStats
  /** Resolves when the source has ended and everything is acknowledged. */
  readonly finished: Promise<void>
  /** No more samples; waits up to `drainMs` (2,000) for what is not acknowledged, then says goodbye. */
  stop(options?: { drainMs?: number }): Promise<void>
  /** As a pulled battery: nothing is said, the broker publishes the last will. */
  kill(): Promise<void>
}
