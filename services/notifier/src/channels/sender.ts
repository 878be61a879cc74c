import { PulsewireError, type ChannelKind, type ChannelTarget } from '@pulsewire/contracts'
import type { Outcome, Subject } from '@pulsewire/delivery'

/**
 * The port of a channel: one attempt to send one message. Each adapter is a folder beside this file (`sender.ts`, its test), and passes
 * `contract.ts`.
 */
export interface Sender {
  /**
   * Never rejects for what the receiver does: that is an outcome. Ends when `signal` aborts, at the latest. The same delivery carries the same id at
   * each attempt.
   */
  send(subject: Subject, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}

/** One sender for each kind of channel. */
export type Senders = Readonly<Record<ChannelKind, Sender>>

/** The target of a channel of this kind; PW_INTERNAL where it is of another. */
export function targetOf<K extends ChannelKind>({ channel }: Subject, via: K): Extract<ChannelTarget, { via: K }> {
  const { target } = channel
  if (!isOf(target, via)) throw new PulsewireError('PW_INTERNAL', `${channel.id} is no ${via}`)
  return target
}

function isOf<K extends ChannelKind>(target: ChannelTarget, via: K): target is Extract<ChannelTarget, { via: K }> {
  return target.via === via
}
