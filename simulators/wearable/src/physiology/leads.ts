/** A dipole in Frank's axes, mV: x to the patient's left, y to the feet, z to the back. */
export type Vector = readonly [x: number, y: number, z: number]

/** The electrodes of the standard twelve leads. */
export const ELECTRODES = ['RA', 'LA', 'LL', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const
export type Electrode = (typeof ELECTRODES)[number]

/** One lead: how it sees the heart's dipole, and with which weight each electrode (and its noise) enters it. */
export interface Lead {
  readonly vector: Vector
  readonly electrodes: Readonly<Partial<Record<Electrode, number>>>
}

/** Dower's transform of the Frank leads (Dower, Machado, Osborne 1980); the limb leads follow from I and II (Einthoven, Goldberger). */
const DOWER: Readonly<Record<'I' | 'II' | 'V1' | 'V2' | 'V3' | 'V4' | 'V5' | 'V6', Vector>> = {
  I: [0.632, -0.235, 0.059],
  II: [0.235, 1.066, -0.132],
  V1: [-0.515, 0.157, -0.917],
  V2: [0.044, 0.164, -1.387],
  V3: [0.882, 0.098, -1.277],
  V4: [1.213, 0.127, -0.601],
  V5: [1.125, 0.127, -0.086],
  V6: [0.831, 0.076, 0.23],
}

const combine = (a: Vector, weightA: number, b: Vector, weightB: number): Vector => [
  a[0] * weightA + b[0] * weightB,
  a[1] * weightA + b[1] * weightB,
  a[2] * weightA + b[2] * weightB,
]

const limb = (weightI: number, weightII: number): Lead => ({
  vector: combine(DOWER.I, weightI, DOWER.II, weightII),
  // I = LA − RA, II = LL − RA
  electrodes: { RA: -(weightI + weightII), LA: weightI, LL: weightII },
})

const chest = (name: 'V1' | 'V2' | 'V3' | 'V4' | 'V5' | 'V6'): Lead => ({
  vector: DOWER[name],
  // against Wilson's central terminal
  electrodes: { [name]: 1, RA: -1 / 3, LA: -1 / 3, LL: -1 / 3 },
})

/** The leads that the model can send. `single` and `MLII` see what II sees. */
export const LEADS = {
  I: limb(1, 0),
  II: limb(0, 1),
  III: limb(-1, 1),
  aVR: limb(-0.5, -0.5),
  aVL: limb(1, -0.5),
  aVF: limb(-0.5, 1),
  V1: chest('V1'),
  V2: chest('V2'),
  V3: chest('V3'),
  V4: chest('V4'),
  V5: chest('V5'),
  V6: chest('V6'),
  single: limb(0, 1),
  MLII: limb(0, 1),
} as const satisfies Record<string, Lead>
export type LeadName = keyof typeof LEADS

export function isLeadName(name: string): name is LeadName {
  return Object.hasOwn(LEADS, name)
}

/** What a lead sees of a dipole, mV. */
export function project(lead: Lead, dipole: Vector): number {
  return lead.vector[0] * dipole[0] + lead.vector[1] * dipole[1] + lead.vector[2] * dipole[2]
}

/** True where the lead measures nothing while these electrodes are off. */
export function isLeadOff(lead: Lead, electrodesOff: readonly Electrode[]): boolean {
  return electrodesOff.some((electrode) => (lead.electrodes[electrode] ?? 0) !== 0)
}
