import { ELECTRODES, isLeadOff, LEADS, type Electrode, type LeadName, type Vector } from './leads.ts'
import type { Parameters } from './parameters.ts'
import type { Random } from './random.ts'
import { plateauOf, wavesOf, type Anatomy, type Beat, type Plateau, type Wave } from './waves.ts'

/** One stretch of the heart's dipole, sample by sample. */
interface Dipole {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
}

function addAt(dipole: Dipole, index: number, vector: Vector, value: number): void {
  dipole.x[index] = (dipole.x[index] ?? 0) + vector[0] * value
  dipole.y[index] = (dipole.y[index] ?? 0) + vector[1] * value
  dipole.z[index] = (dipole.z[index] ?? 0) + vector[2] * value
}

/** Beyond this many widths a Gaussian is below a microvolt. */
const REACH = 4.5

function addWave(dipole: Dipole, wave: Wave, peakS: number, fromS: number, rateHz: number): void {
  const centreS = peakS + wave.centreS
  const first = Math.max(0, Math.ceil((centreS - REACH * wave.beforeS - fromS) * rateHz))
  const last = Math.min(dipole.x.length - 1, Math.floor((centreS + REACH * wave.afterS - fromS) * rateHz))
  for (let index = first; index <= last; index++) {
    const distanceS = fromS + index / rateHz - centreS
    const widthS = distanceS < 0 ? wave.beforeS : wave.afterS
    addAt(dipole, index, wave.vector, Math.exp(-(distanceS ** 2) / (2 * widthS ** 2)))
  }
}

const RISE_S = 0.0035
const FALL_S = 0.022

function addPlateau(dipole: Dipole, plateau: Plateau, peakS: number, fromS: number, rateHz: number): void {
  const startS = peakS + plateau.fromS
  const endS = peakS + plateau.toS
  const first = Math.max(0, Math.ceil((startS - 8 * RISE_S - fromS) * rateHz))
  const last = Math.min(dipole.x.length - 1, Math.floor((endS + 8 * FALL_S - fromS) * rateHz))
  for (let index = first; index <= last; index++) {
    const timeS = fromS + index / rateHz
    const rise = 1 / (1 + Math.exp(-(timeS - startS) / RISE_S))
    const fall = 1 / (1 + Math.exp((timeS - endS) / FALL_S))
    addAt(dipole, index, plateau.vector, rise * fall)
  }
}

/** Oscillations without beats: the fibrillating ventricle (3–7 Hz, 0.2–0.6 mV), and the fine f-waves of the atria. */
function createFibrillation(random: Random): (dipole: Dipole, rateHz: number, depthMv: number, meanHz: number) => void {
  const oscillators = Array.from({ length: 4 }, (_, index) => ({
    phase: random.between(0, 2 * Math.PI),
    hz: 0.8 + 0.14 * index,
    amplitude: 1,
    direction: [random.between(-0.6, 0.6), random.between(0.5, 1), random.between(-0.8, -0.3)] as Vector,
  }))
  return (dipole, rateHz, depthMv, meanHz) => {
    for (let index = 0; index < dipole.x.length; index++) {
      for (const oscillator of oscillators) {
        if (index % 25 === 0) {
          oscillator.hz = Math.min(1.35, Math.max(0.65, oscillator.hz + 0.05 * random.normal()))
          oscillator.amplitude = Math.min(1.5, Math.max(0.4, oscillator.amplitude + 0.12 * random.normal()))
        }
        oscillator.phase += (2 * Math.PI * oscillator.hz * meanHz) / rateHz
        addAt(dipole, index, oscillator.direction, depthMv * 0.5 * oscillator.amplitude * Math.sin(oscillator.phase))
      }
    }
  }
}

/** What an electrode adds of its own: muscle noise, a little mains hum, a wandering base line that follows the breath. */
function createElectrodeNoise(
  random: Random,
): (samples: Float64Array, rateHz: number, rms: number, breath: Float64Array) => void {
  const hum = random.between(0.0008, 0.002)
  const wander = random.between(0.008, 0.02)
  let humPhase = random.between(0, 2 * Math.PI)
  let slowPhase = random.between(0, 2 * Math.PI)
  let previous = 0
  return (samples, rateHz, rms, breath) => {
    for (let index = 0; index < samples.length; index++) {
      const white = random.normal()
      humPhase += (2 * Math.PI * 50) / rateHz
      slowPhase += (2 * Math.PI * 0.07) / rateHz
      // a two-point mean takes off what the sensor's 100 Hz low-pass would take
      samples[index] =
        (rms * (white + previous)) / Math.SQRT2 +
        hum * Math.sin(humPhase) +
        wander * ((breath[index] ?? 0) + 0.6 * Math.sin(slowPhase))
      previous = white
    }
  }
}

/** The value that stands for "nothing was measured". */
const NOTHING = Number.NaN

export interface EcgModel {
  /**
   * The leads in mV from `fromS`, `length` samples; NaN where the lead is off. Calls must follow each other in time.
   * `breath` is the respiration wave of the same samples, −1 to 1.
   */
  render(
    beats: readonly Beat[],
    parameters: Parameters,
    fromS: number,
    length: number,
    breath: Float64Array,
  ): Map<LeadName, Float64Array>
}

/**
 * The electrocardiogram after McSharry, Clifford, Tarassenko, Smith 2003: Gaussian events on a limit cycle. Their differential equation
 * is solved in closed form (a sum of Gaussians around each beat), so nothing drifts, and each event is a dipole in space that all leads see.
 */
export function createEcgModel(random: Random, anatomy: Anatomy, leads: readonly LeadName[], rateHz: number): EcgModel {
  const ventricles = createFibrillation(random.fork('ventricles'))
  const atria = createFibrillation(random.fork('atria'))
  const noise = new Map(ELECTRODES.map((name) => [name, createElectrodeNoise(random.fork(`electrode ${name}`))]))

  const project = (name: LeadName, dipole: Dipole, electrodes: ReadonlyMap<Electrode, Float64Array>): Float64Array => {
    const { vector, electrodes: weights } = LEADS[name]
    const samples = new Float64Array(dipole.x.length)
    const noises = Object.entries(weights).map(
      ([electrode, weight]) => [electrodes.get(electrode as Electrode), weight] as const,
    )
    for (let index = 0; index < samples.length; index++) {
      let value =
        vector[0] * (dipole.x[index] ?? 0) + vector[1] * (dipole.y[index] ?? 0) + vector[2] * (dipole.z[index] ?? 0)
      for (const [electrode, weight] of noises) value += weight * (electrode?.[index] ?? 0)
      samples[index] = value
    }
    return samples
  }

  return {
    render(beats, parameters, fromS, length, breath) {
      const dipole = { x: new Float64Array(length), y: new Float64Array(length), z: new Float64Array(length) }
      for (const beat of beats) {
        for (const wave of wavesOf(beat, anatomy)) addWave(dipole, wave, beat.timeS, fromS, rateHz)
        const plateau = plateauOf(beat)
        if (plateau !== undefined) addPlateau(dipole, plateau, beat.timeS, fromS, rateHz)
      }
      if (parameters.rhythm === 'ventricular-fibrillation') ventricles(dipole, rateHz, 0.3, 5)
      if (parameters.rhythm === 'atrial-fibrillation') atria(dipole, rateHz, 0.035, 6.5)
      const electrodes = new Map<Electrode, Float64Array>()
      for (const [name, add] of noise) {
        const samples = new Float64Array(length)
        add(samples, rateHz, parameters.noiseMv, breath)
        electrodes.set(name, samples)
      }
      const rendered = new Map<LeadName, Float64Array>()
      for (const name of leads) {
        const off = isLeadOff(LEADS[name], parameters.electrodesOff)
        rendered.set(name, off ? new Float64Array(length).fill(NOTHING) : project(name, dipole, electrodes))
      }
      return rendered
    },
  }
}
