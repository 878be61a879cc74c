import type { CommandAckMessage, ErrorCode, QuarantineReason, UplinkKind } from '@pulsewire/contracts'

/** Something that a signed-in device sent. */
export interface Arrival {
  /** The device that is signed in: the only identity that counts. */
  readonly device: string
  readonly topic: string
  readonly payload: Uint8Array
  readonly receivedAt: number
  /** Marked as sent before (MQTT's DUP): its `sent` then says nothing about the device's clock. */
  readonly again?: boolean
  /** Where `payload` is only the head of something too large to be held: its size and hash. */
  readonly whole?: { readonly bytes: number; readonly sha256: string }
}

/** What became of an arrival, once that is durable. */
export type Outcome =
  | { readonly kind: 'stored'; readonly uplink: UplinkKind; readonly commandAck?: CommandAckMessage }
  | { readonly kind: 'quarantined'; readonly code: ErrorCode }

/** Something to tell a device. */
export type IngestNotice =
  | { readonly kind: 'quarantined'; readonly device: string; readonly reason: QuarantineReason }
  | { readonly kind: 'clock'; readonly device: string; readonly clockOffsetMs: number }
