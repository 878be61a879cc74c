import type { CommandAckMessage, ErrorCode, PulsewireError, QuarantineReason, UplinkKind } from '@pulsewire/contracts'

/** Something that a device sent. */
export interface Arrival {
  /** The device that is signed in: the only identity that counts. Where it is relayed: the one that the topic names. */
  readonly device: string
  readonly topic: string
  readonly payload: Uint8Array
  readonly receivedAt: number
  /**
   * What it came through (a connection): once something of it was given up, nothing later of it is taken, since all of it will be sent again, in
   * order, and what is taken now would come before that.
   */
  readonly through?: object | undefined
  /** W3C trace context, where its way is traced: it goes into the record's headers. */
  readonly traceparent?: string | undefined
  /** Marked as sent before (MQTT's DUP): its `sent` then says nothing about the device's clock. */
  readonly again?: boolean | undefined
  /**
   * It came through a broker that is not ours. Nobody here saw the device sign in: what comes from one that is not registered, or is
   * disabled, is quarantined. And that broker may have held it: `sent` is not the time of its transmission to us.
   */
  readonly relayed?: boolean
  /** Where `payload` is only the head of something too large to be held: its size and hash. */
  readonly whole?: { readonly bytes: number; readonly sha256: string } | undefined
}

/** What became of an arrival, once that is durable. */
export type Outcome =
  | { readonly kind: 'stored'; readonly uplink: UplinkKind; readonly commandAck?: CommandAckMessage }
  | { readonly kind: 'quarantined'; readonly code: ErrorCode }

/** What became of an arrival, or why it was given up: it is not durable, and has to be sent again. */
export type Answer = Outcome | PulsewireError

/** Something to tell a device. */
export type IngestNotice =
  | { readonly kind: 'quarantined'; readonly device: string; readonly reason: QuarantineReason }
  | { readonly kind: 'clock'; readonly device: string; readonly clockOffsetMs: number }
