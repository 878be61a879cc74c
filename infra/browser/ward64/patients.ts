import { setTimeout as sleep } from 'node:timers/promises'
import {
  createPhysiology,
  createPhysiologySource,
  SCENARIOS,
  startNode,
  type Physiology,
  type RunningNode,
  type Source,
} from '@pulsewire/wearable'
import { admit, type ApiClient } from '../../../tests/support/api.ts'

/** A healthy patient of the ward, and when its heart really beat (epoch ms). */
export interface HealthyPatient {
  readonly id: string
  readonly bed: string
  readonly beats: readonly number[]
}

export interface SimulatedWard {
  readonly healthy: readonly HealthyPatient[]
  /** Its wave is a square: up in the blocks that begin in an even second, down in the others, so that a pixel says which block it is of. */
  readonly probe: string
  /** One of the healthy presses the button; resolves with when that was published. */
  readonly caller: { readonly patient: string; press(): Promise<number> }
  stop(): Promise<void>
}

/** So many devices connect in a second. */
const CONNECTS_PER_SECOND = 16
const RATE_HZ = 250
const SQUARE_SCALE = 0.0005

/** A ward of so many simulated patients, all of them healthy; the last is the probe. */
export async function startSimulatedWard(api: ApiClient, mqttPort: number, patients: number): Promise<SimulatedWard> {
  const nodes: RunningNode[] = []
  const healthy: HealthyPatient[] = []
  const url = `mqtt://127.0.0.1:${mqttPort}`
  const admitNext = async () => {
    const number = nodes.length + 1
    const bed = `Bed ${number}`
    const { patient, credential } = await admit(api, {
      patient: `Patient ${number}`,
      device: `ward-${number}`,
      place: bed,
    })
    return { patient, bed, credential, device: credential.username }
  }
  let pressed: ((publishedAt: number) => void) | undefined
  for (let index = 0; index < patients - 1; index += 1) {
    const { patient, bed, credential, device } = await admitNext()
    const startAt = Date.now()
    const beats: number[] = []
    const physiology = createPhysiology(SCENARIOS.healthy, `ward-${index}`, { leads: ['II'] })
    const source = createPhysiologySource(heard(physiology, (timeS) => beats.push(startAt + timeS * 1000)))
    const isCaller = index === 0
    const options = { url, device, credential, startAt }
    nodes.push(
      isCaller
        ? startNode(
            withButton(source, () => pressed !== undefined),
            {
              ...options,
              onProduced: ({ kind }) => {
                if (kind !== 'event') return
                pressed?.(Date.now())
                pressed = undefined
              },
            },
          )
        : startNode(source, options),
    )
    healthy.push({ id: patient, bed, beats })
    await sleep(1000 / CONNECTS_PER_SECOND)
  }
  const probe = await admitNext()
  // On a whole even second, so that every block is of one level.
  const startAt = Math.ceil(Date.now() / 2000) * 2000
  await sleep(startAt - Date.now())
  nodes.push(startNode(squareWave(), { url, device: probe.device, credential: probe.credential, startAt }))
  const [caller] = healthy
  if (!caller) throw new Error('a ward of one patient has nobody who calls')
  return {
    healthy,
    probe: probe.patient,
    caller: { patient: caller.id, press: () => new Promise((done) => (pressed = done)) },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop({ drainMs: 0 })))),
  }
}

/** The same physiology; its beats are told as they come. */
function heard(physiology: Physiology, onBeat: (timeS: number) => void): Physiology {
  return {
    ...physiology,
    next: () => {
      const second = physiology.next()
      for (const { timeS } of second.beats) onBeat(timeS)
      return second
    },
  }
}

/** The same source; the patient's button is pressed in the block after `isPressed` says so. */
function withButton(source: Source, isPressed: () => boolean): Source {
  return {
    next() {
      const block = source.next()
      if (!block || !isPressed()) return block
      const press = { kind: 'event', offsetMs: block.fromMs + block.durationMs - 1, event: 'patient-button' } as const
      return { ...block, readings: [...block.readings, press] }
    },
  }
}

/** Respiration as no chest moves: one second up, one second down. */
function squareWave(): Source {
  let second = 0
  const level = (value: number) => new Int16Array(RATE_HZ).fill(value)
  return {
    next() {
      const offsetMs = second * 1000
      const samples = level(second % 2 === 0 ? 1000 : -1000)
      second += 1
      const signals = [{ name: 'resp', unit: '1', scale: SQUARE_SCALE, offset: 0, samples }]
      const waveform = { kind: 'waveform', offsetMs, rateHz: RATE_HZ, signals } as const
      return { fromMs: offsetMs, durationMs: 1000, readings: [waveform] }
    },
  }
}
