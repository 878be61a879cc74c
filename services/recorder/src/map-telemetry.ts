import { createHash } from 'node:crypto'
import { decodeStored } from '@pulsewire/codec'
import {
  decodeTelemetryHeaders,
  PulsewireError,
  uplinkTopic,
  type QuarantineReason,
  type TelemetryHeaders,
  type UplinkMessage,
} from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import type { DeviceEvent, MessageWrite, VitalPoint, WaveformBlock } from '@pulsewire/vitals-store'

/** The patient of data whose device nobody wore at its time: it is kept under no name, and counted. */
export const NOBODY = ''

/** What a device sent, for the store. Throws where the record cannot be decoded. */
export function mapTelemetry(record: StoredRecord): MessageWrite {
  const headers = decodeTelemetryHeaders(record.headers)
  const payload = record.value
  if (payload === null) throw new PulsewireError('PW_PAYLOAD_EMPTY', 'a telemetry record without a payload')
  const { uplink } = decodeStored(headers.kind, payload)
  const sha256 = createHash('sha256').update(payload).digest('hex')
  const { topic, partition, offset } = record
  return {
    message: {
      device: headers.device,
      ...identityOf(headers),
      hash: sha256,
      position: { topic, partition, offset },
      receivedAt: headers.receivedAt,
    },
    vitals: vitalsOf(headers, uplink),
    waveforms: blocksOf(headers, uplink),
    events: eventsOf(headers, uplink),
    reuse: () => ({ reason: reuseOf(headers, payload, sha256), payload }),
  }
}

function identityOf({ boot, seq }: TelemetryHeaders): { boot?: string; seq?: number } {
  return { ...(boot === undefined ? {} : { boot }), ...(seq === undefined ? {} : { seq }) }
}

function vitalsOf(headers: TelemetryHeaders, uplink: UplinkMessage): VitalPoint[] {
  if (uplink.kind !== 'vitals') return []
  const { vitals, quality } = uplink.message
  return Object.entries(vitals).flatMap(([code, value]) => {
    if (value === undefined) return []
    const known = quality?.[code]
    return [
      {
        patient: headers.patient ?? NOBODY,
        device: headers.device,
        code,
        time: headers.time,
        value,
        ...(known === undefined ? {} : { quality: known }),
      },
    ]
  })
}

function blocksOf(headers: TelemetryHeaders, uplink: UplinkMessage): WaveformBlock[] {
  if (uplink.kind !== 'waveform') return []
  const { rateHz, signals } = uplink.message
  return signals.map(({ name, unit, scale, offset, samples }) => ({
    patient: headers.patient ?? NOBODY,
    device: headers.device,
    signal: name,
    start: headers.time,
    rateHz,
    unit,
    scale,
    offset,
    samples,
  }))
}

function eventsOf(headers: TelemetryHeaders, uplink: UplinkMessage): DeviceEvent[] {
  if (uplink.kind === 'vitals' || uplink.kind === 'waveform') return []
  return [
    {
      ...(headers.patient === undefined ? {} : { patient: headers.patient }),
      device: headers.device,
      kind: uplink.kind,
      time: headers.time,
      body: { ...uplink.message },
    },
  ]
}

/** What stands beside the message in the quarantine, should its number turn out to be taken. */
function reuseOf(headers: TelemetryHeaders, payload: Uint8Array, sha256: string): QuarantineReason {
  return {
    device: headers.device,
    topic: uplinkTopic(headers.device, headers.kind),
    code: 'PW_SEQ_REUSED',
    detail: `boot ${headers.boot ?? '?'} seq ${headers.seq ?? '?'} came before with other content`,
    receivedAt: headers.receivedAt,
    bytes: payload.length,
    sha256,
    ...identityOf(headers),
  }
}
