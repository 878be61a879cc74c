import { SIGNAL_PATTERN } from '@pulsewire/contracts'
import type { WfdbRecord } from '@pulsewire/wfdb'

const OTHERS: Readonly<Record<string, string>> = { PLETH: 'ppg', PPG: 'ppg', RESP: 'resp', ABP: 'abp', ART: 'abp' }
const LIMB: Readonly<Record<string, string>> = {
  I: 'I', II: 'II', III: 'III', AVR: 'aVR', AVL: 'aVL', AVF: 'aVF',
  V1: 'V1', V2: 'V2', V3: 'V3', V4: 'V4', V5: 'V5', V6: 'V6', VX: 'X', VY: 'Y', VZ: 'Z',
} // prettier-ignore

/**
 * The device contract's names of a record's signals: `MLII` → `ecg.MLII`, `avr` → `ecg.aVR`, `PLETH` → `ppg`. Of several signals with one
 * name the later ones get a number. `undefined` where the contract has no such signal.
 */
export function contractNames(signals: WfdbRecord['signals']): (string | undefined)[] {
  const used = new Set<string>()
  return signals.map(({ name, unit }) => {
    const upper = name.toUpperCase()
    const isVoltage = ['mv', 'uv', 'v'].includes(unit.toLowerCase())
    const other = OTHERS[upper]
    if (other === undefined && !isVoltage) return undefined
    const base = other ?? `ecg.${LIMB[upper] ?? (name.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 7) || 'single')}`
    let own = base
    for (let i = 2; used.has(own); i++) own = `${base}${i}`
    if (!SIGNAL_PATTERN.test(own)) return undefined
    used.add(own)
    return own
  })
}
