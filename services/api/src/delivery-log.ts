import { createAlarmFence, deliveryEvent, type Call, type Delivery, type DeliveryEvent } from '@pulsewire/contracts'
import { parseRecord, type EventLog, type StoredRecord } from '@pulsewire/event-log'

/** What the log says of deliveries: each as it stands last, and the last call of each alarm. */
export interface DeliveriesSoFar {
  readonly deliveries: ReadonlyMap<string, Delivery>
  readonly calls: ReadonlyMap<string, Call>
}

/** Reads what was delivered since `from` (ms): of one patient, or of all. It is in the log alone, and little: nothing is kept in memory for it. */
export async function readDeliveries(
  log: EventLog,
  {
    patient,
    from,
    onError,
  }: { readonly patient?: string | undefined; readonly from: number; readonly onError: (error: Error) => void },
): Promise<DeliveriesSoFar> {
  const deliveries = new Map<string, Delivery>()
  const calls = new Map<string, Call>()
  const fence = createAlarmFence()
  const only = patient === undefined ? undefined : log.partitionOf('deliveries', patient)
  for (const { partition, next } of await log.ends('deliveries')) {
    if (only !== undefined && partition !== only) continue
    const start = await log.offsetAt('deliveries', partition, from)
    for await (const records of log.read('deliveries', partition, { from: start, to: next, onDamage: onError })) {
      for (const record of records) {
        const event = fence.admits(record) ? eventOf(record, onError) : undefined
        if (event === undefined || (patient !== undefined && event.patient !== patient)) continue
        for (const each of event.deliveries ?? []) deliveries.set(each.id, each)
        if (event.call !== undefined) calls.set(event.call.alarm, event.call)
      }
    }
  }
  return { deliveries, calls }
}

/** The step that a record of `deliveries` is, if it is one. */
export function eventOf(record: StoredRecord, onError: (error: Error) => void): DeliveryEvent | undefined {
  return parseRecord(record, (json) => deliveryEvent.parse(json), onError)
}
