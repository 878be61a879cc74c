import { describe, expect, it } from 'vitest'
import { violationOf } from '@pulsewire/contracts/validators'
import { decodeUplink, encodeUplink } from '@pulsewire/codec'
import { MISSING_SAMPLE } from '@pulsewire/contracts'
import { SCENARIOS, type ScenarioName } from './scenarios/index.ts'
import { simulateBlocks } from './simulate.ts'

const FROM = 1_760_000_000_000
const names = Object.keys(SCENARIOS) as ScenarioName[]

describe('what a simulated node sends', () => {
  it.each(names)('%s follows the device contract, with seq counting up and blocks without gaps', (scenario) => {
    let seq = -1
    let blockEnd = FROM
    for (const uplink of simulateBlocks({ scenario, seed: 4, fromMs: FROM, seconds: 130 })) {
      expect(violationOf(uplink.kind, uplink.message)).toBeUndefined()
      expect(uplink.message.seq).toBe(seq + 1)
      seq += 1
      if (uplink.kind !== 'waveform') continue
      expect(uplink.message.at).toBe(blockEnd)
      for (const signal of uplink.message.signals) expect(signal.samples).toHaveLength(250)
      blockEnd += 1000
    }
    expect(blockEnd).toBe(FROM + 130_000)
  })

  it('survives both encodings unchanged', () => {
    for (const uplink of simulateBlocks({ scenario: 'healthy', seed: 4, fromMs: FROM, seconds: 3 })) {
      for (const encoding of ['json', 'cbor'] as const) {
        expect(decodeUplink(uplink.kind, encodeUplink(uplink, encoding)).uplink).toEqual(uplink)
      }
    }
  })

  it('marks a lead that is off as missing, and says so once', () => {
    const messages = [...simulateBlocks({ scenario: 'lead-off', seed: 4, fromMs: FROM, seconds: 110 })]
    const events = messages.flatMap((uplink) => (uplink.kind === 'event' ? [uplink.message] : []))
    expect(events.filter(({ event, detail }) => event === 'lead-off' && detail === 'ecg.II')).toHaveLength(1)
    expect(events.filter(({ event, detail }) => event === 'lead-on' && detail === 'ecg.II')).toHaveLength(1)
    const off = messages.find((uplink) => uplink.kind === 'waveform' && uplink.message.at === FROM + 50_000)
    const ii = off?.kind === 'waveform' ? off.message.signals.find(({ name }) => name === 'ecg.II') : undefined
    expect(ii?.samples.every((sample) => sample === MISSING_SAMPLE)).toBe(true)
  })
})
