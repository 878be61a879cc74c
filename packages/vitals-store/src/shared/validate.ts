import { MAX_SAMPLES_PER_SIGNAL, PulsewireError, spanOf } from '@pulsewire/contracts'
import type { StoreWrite, VitalPoint, WaveformBlock } from '../port.ts'

/** Refuses (PW_REQUEST_INVALID) what the tables cannot hold faithfully, before anything is written. */
export function validateWrite(write: StoreWrite): void {
  for (const { message, vitals, waveforms, events } of write.messages ?? []) {
    if (!/^[0-9a-f]{16,64}$/.test(message.hash)) refuse(`the hash of a message of ${message.device} is not hex`)
    requireInteger(message.receivedAt, `receivedAt of ${message.device}`)
    if (message.seq !== undefined) requireInteger(message.seq, `seq of ${message.device}`)
    vitals.forEach(validateVital)
    waveforms.forEach(validateBlock)
    for (const event of events) requireInteger(event.time, `the time of an event of ${event.device}`)
  }
  write.vitals?.forEach(validateVital)
  for (const { onset, end, id } of write.findings ?? []) {
    requireInteger(onset, `onset of ${id}`)
    if (end !== undefined) requireInteger(end, `end of ${id}`)
  }
  for (const { from, to, beats, patient } of write.beats ?? []) {
    requireInteger(from, `beats of ${patient}`)
    requireInteger(to, `beats of ${patient}`)
    if (!beats.every(([time]) => Number.isFinite(time))) refuse(`a beat of ${patient} has no time`)
  }
  for (const { onset, id } of write.alarms ?? []) requireInteger(onset, `onset of ${id}`)
  for (const command of write.staff ?? []) requireInteger(spanOf(command).from, `the time of ${command.id}`)
  for (const { receivedAt, id } of write.quarantine ?? []) requireInteger(receivedAt, `receivedAt of ${id}`)
  for (const { offset, topic } of write.positions) requireInteger(offset, `the offset of ${topic}`)
}

function validateVital({ device, code, time, value, quality }: VitalPoint): void {
  requireInteger(time, `the time of ${code} of ${device}`)
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(`${code} of ${device} is not a finite number`)
  if (quality !== undefined && !Number.isFinite(quality)) refuse(`the quality of ${code} of ${device} is not a number`)
}

function validateBlock({ device, signal, start, rateHz, scale, offset, samples }: WaveformBlock): void {
  requireInteger(start, `the start of a block of ${device}`)
  if (!(rateHz > 0 && Number.isFinite(rateHz))) refuse(`the rate of ${signal} of ${device} is not positive`)
  if (!Number.isFinite(scale) || !Number.isFinite(offset)) refuse(`the scale of ${signal} of ${device} is not finite`)
  if (samples.length > MAX_SAMPLES_PER_SIGNAL) refuse(`a block of ${signal} of ${device} has ${samples.length} samples`)
}

function requireInteger(value: number, what: string): void {
  if (!Number.isSafeInteger(value)) refuse(`${what} is not an integer`)
}

function refuse(detail: string): never {
  throw new PulsewireError('PW_REQUEST_INVALID', detail)
}
