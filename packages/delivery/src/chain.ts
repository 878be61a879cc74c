import type { Channel, ChannelKind, Notice } from '@pulsewire/contracts'

/** Whom there is to tell, as the registry has it now. */
export interface DeliveryPolicy {
  readonly channels: readonly Channel[]
  /** Where the patient is. */
  readonly place: string | undefined
}

/** People read these: what they did not get in time is not worth sending any more. Machines follow what becomes of an alarm. */
export function isForPeople(via: ChannelKind): boolean {
  return via === 'email' || via === 'web-push'
}

/** Whether the receiver's "taken" is all that can be had, or somebody confirms later. */
export function confirmsLater({ target }: Pick<Channel, 'target'>): boolean {
  return isForPeople(target.via) || (target.via === 'webhook' && target.confirmsLater === true)
}

/** Channels that an alarm goes to, whatever their step. `at`: when the alarm did what is told. */
export function channelsFor({ channels, place }: DeliveryPolicy, notice: Notice, at: number): Channel[] {
  return channels.filter(
    (channel) =>
      isInUse(channel) &&
      channel.from <= at &&
      channel.priorities.includes(notice.priority) &&
      (notice.kind === 'physiological' || channel.technical) &&
      (channel.patients?.includes(notice.patient) ?? true) &&
      (channel.places?.some((begin) => place?.startsWith(begin) === true) ?? true) &&
      (channel.addressedTo?.some((who) => isSame(who, notice.addressedTo)) ?? true),
  )
}

/** Whether anything may be sent to it at all. */
export function isInUse(channel: Channel | undefined): channel is Channel {
  return channel !== undefined && channel.disabled !== true && channel.removed !== true
}

/** The next step of the chain that has a channel. */
export function stepAfter(step: number, channels: readonly Channel[]): number | undefined {
  const later = channels.map((channel) => channel.step).filter((each) => each > step)
  return later.length === 0 ? undefined : Math.min(...later)
}

function isSame(who: string, addressedTo: string | undefined): boolean {
  return who.toLowerCase() === addressedTo?.toLowerCase()
}
