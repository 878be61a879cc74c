import type { TelemetryHeaders, UplinkMessage } from '@pulsewire/contracts'
import { createPatientMonitor, type DetectionOutput, type PatientContext } from '@pulsewire/detection'
import { toUplink, type Source } from '@pulsewire/wearable'

const PATIENT = 'p1'
const DEVICE = 'd1'
/** A message arrives so long after its last sample. */
const DELIVERY_MS = 50

export interface ThroughMonitorOptions {
  readonly fromMs: number
  readonly seconds: number
  readonly context?: Omit<PatientContext, 'devices'>
  /** Whether the block that begins at this second arrives, or is lost for ever. */
  readonly isLost?: (second: number) => boolean
}

/** What a patient's monitor says of a source, as if a node sent it: no broker, no log, no clock. */
export function* sourceThroughMonitor(
  source: Source,
  { fromMs, seconds, context = {}, isLost = () => false }: ThroughMonitorOptions,
): Generator<DetectionOutput, void, void> {
  const monitor = createPatientMonitor({
    patient: PATIENT,
    context: { ...context, devices: [{ id: DEVICE, since: fromMs }] },
  })
  let boot = 0
  let seq = 0
  let offset = 0
  for (;;) {
    const block = source.next()
    if (block === undefined || block.fromMs >= seconds * 1000) return
    if (block.newBoot === true) {
      boot += 1
      seq = 0
    }
    const receivedAt = fromMs + block.fromMs + block.durationMs + DELIVERY_MS
    const lost = isLost(block.fromMs / 1000)
    for (const reading of block.readings) {
      const at = fromMs + reading.offsetMs
      const uplink = toUplink(reading, { boot: `b${boot}`, seq, at })
      const headers = headersOf(uplink, { boot: `b${boot}`, seq, at, receivedAt })
      seq += 1
      if (lost) continue
      yield* monitor.telemetry({ headers, uplink, position: { topic: 'telemetry', partition: 0, offset } })
      offset += 1
    }
    yield* monitor.tick(receivedAt)
  }
}

function headersOf(
  uplink: UplinkMessage,
  stamp: { readonly boot: string; readonly seq: number; readonly at: number; readonly receivedAt: number },
): TelemetryHeaders {
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
