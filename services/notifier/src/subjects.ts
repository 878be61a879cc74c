import type { Channel, Delivery, Notice } from '@pulsewire/contracts'
import { confirmPath, isForPeople, type Subject } from '@pulsewire/delivery'
import type { RegistryState } from '@pulsewire/registry'

export interface SubjectOptions {
  readonly publicUrl: string | undefined
  readonly confirmKey: string
}

/** What a message is made from, as the registry has it at this moment. */
export function subjectOf(
  registry: RegistryState,
  channel: Channel,
  delivery: Delivery,
  notice: Notice,
  { publicUrl, confirmKey }: SubjectOptions,
): Subject {
  const patient = registry.patients.get(delivery.patient)?.entity
  const base = publicUrl?.replace(/\/+$/, '')
  const isAsked = isForPeople(channel.target.via) || (channel.target.via === 'webhook' && channel.target.confirmsLater)
  return {
    delivery,
    notice,
    channel,
    place: patient?.place,
    name: patient?.name,
    confirmUrl:
      base === undefined || !isAsked ? undefined : base + confirmPath(confirmKey, delivery.id, delivery.createdAt),
    patientUrl: base === undefined || patient === undefined ? undefined : `${base}/#/patient/${delivery.patient}`,
  }
}
