import type { TelemetryHeaders, UplinkMessage, VitalValues } from '@pulsewire/contracts'
import { createPatientMonitor, type DetectionOutput, type PatientContext } from '@pulsewire/detection'
import { toUplink, type Source } from '@pulsewire/wearable'

const PATIENT = 'p1'
const DEVICE = 'd1'
/** A message arrives so long after its last sample. */
const DELIVERY_MS = 50
const BAD_LINK_MS = 7_000

interface Stamp {
  readonly boot: string
  readonly seq: number
  readonly at: number
}

export interface ThroughMonitorOptions {
  readonly fromMs: number
  readonly seconds: number
  readonly context?: Omit<PatientContext, 'devices'>
  /** What a nurse entered at the start. */
  readonly entered?: VitalValues
}

/**
 * What a patient's monitor says of a source, as if a node sent it: no broker, no log, no clock. While the link is down the node keeps what it
 * has, and sends it once the link is back; a bad link is down every other few seconds.
 */
export function* sourceThroughMonitor(
  source: Source,
  { fromMs, seconds, context = {}, entered }: ThroughMonitorOptions,
): Generator<DetectionOutput, void, void> {
  const monitor = createPatientMonitor({
    patient: PATIENT,
    context: { ...context, devices: [{ id: DEVICE, since: fromMs }] },
  })
  if (entered !== undefined) {
    const at = { at: fromMs, observedAt: fromMs }
    const command = { type: 'observation', id: 'round', patient: PATIENT, by: 'nurse', ...at, vitals: entered } as const
    yield* monitor.staff({ command, position: { topic: 'staff-commands', partition: 0, offset: 0 } })
  }
  let boot = 0
  let seq = 0
  let offset = 0
  let spool: { readonly uplink: UplinkMessage; readonly stamp: Stamp }[] = []
  for (;;) {
    const block = source.next()
    if (block === undefined || block.fromMs >= seconds * 1000) return
    if (block.newBoot === true) {
      boot += 1
      seq = 0
    }
    for (const reading of block.readings) {
      const stamp = { boot: `b${boot}`, seq, at: fromMs + reading.offsetMs }
      spool.push({ uplink: toUplink(reading, stamp), stamp })
      seq += 1
    }
    const receivedAt = fromMs + block.fromMs + block.durationMs + DELIVERY_MS
    const isDown = block.link === 'down' || (block.link === 'bad' && Math.floor(block.fromMs / BAD_LINK_MS) % 2 === 1)
    if (!isDown) {
      for (const { uplink, stamp } of spool) {
        const headers = headersOf(uplink, { ...stamp, receivedAt })
        yield* monitor.telemetry({ headers, uplink, position: { topic: 'telemetry', partition: 0, offset } })
        offset += 1
      }
      spool = []
    }
    yield* monitor.tick(receivedAt)
  }
}

function headersOf(uplink: UplinkMessage, stamp: Stamp & { readonly receivedAt: number }): TelemetryHeaders {
  return {
    kind: uplink.kind,
    device: DEVICE,
    patient: PATIENT,
    ...stamp,
    time: stamp.at,
    clockOffsetMs: 0,
    encoding: 'cbor',
  }
}
