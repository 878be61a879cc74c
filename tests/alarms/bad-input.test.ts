import type { Finding, WaveformSignal } from '@pulsewire/contracts'
import { createPatientMonitor, type DetectionOutput, type TelemetryInput } from '@pulsewire/detection'
import { PATIENT, START, beatsIn, findingsIn, messagesOf, type NodeScript } from '@pulsewire/detection/test-support'
import { describe, expect, it } from 'vitest'

/** A healthy heart of 72 /min in two leads, whose arrest begins at 150 s where a test asks for it. */
const HEALTHY: NodeScript = {
  seconds: 180,
  leads: ['II', 'V2'],
  rateHz: 250,
  vitals: () => ({ heartRate: 72, spo2: 97 }),
}
const ARREST_S = 150
const ARRESTED: NodeScript = { ...HEALTHY, arrest: (second) => second >= ARREST_S }
/** What is wrong begins here. */
const FROM_S = 60

const secondOf = ({ headers }: TelemetryInput): number => (headers.at - START) / 1000

/** Sends messages in the order given, as a patient's monitor gets them. */
function sent(messages: readonly TelemetryInput[], devices: readonly string[] = ['d1']): DetectionOutput[] {
  const context = { devices: devices.map((id) => ({ id, since: START })) }
  const monitor = createPatientMonitor({ patient: PATIENT, context })
  return messages.flatMap((input) => [...monitor.telemetry(input), ...monitor.tick(input.headers.receivedAt)])
}

/** Of each finding that ever asked for an alarm: `type priority`. */
function rang(outputs: readonly DetectionOutput[]): string[] {
  const alarms = new Map<string, Finding>()
  for (const finding of findingsIn(outputs)) if (finding.priority !== undefined) alarms.set(finding.id, finding)
  return [...alarms.values()].map(({ type, priority }) => `${type} ${priority}`).toSorted()
}
const messagesAbout = (outputs: readonly DetectionOutput[], type: Finding['type']): string[] =>
  findingsIn(outputs).flatMap((finding) => (finding.type === type ? [finding.message] : []))

type Change = (signal: WaveformSignal, second: number) => Partial<WaveformSignal>
/** The same messages, with their signals changed from `FROM_S` on. */
function changed(script: NodeScript, change: Change, untilS = Infinity): TelemetryInput[] {
  return messagesOf(script).map((input) => {
    const second = secondOf(input)
    if (input.uplink.kind !== 'waveform' || second < FROM_S || second >= untilS) return input
    const signals = input.uplink.message.signals.map((signal) => ({ ...signal, ...change(signal, second) }))
    return { ...input, uplink: { ...input.uplink, message: { ...input.uplink.message, signals } } }
  })
}
const samplesOf = (signal: WaveformSignal, make: (value: number, index: number) => number): Int16Array =>
  Int16Array.from(signal.samples, make)
/** White noise that is the same in each run. */
function noise(): () => number {
  let state = 1
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
}

describe('a signal that is no electrocardiogram in millivolts', () => {
  const wrong: Record<string, Change> = {
    'said to be V': () => ({ unit: 'V' }),
    'said to be µV': () => ({ unit: 'uV' }),
    'in V, said to be mV': ({ scale }) => ({ scale: scale / 1000 }),
    'in µV, said to be mV': ({ scale }) => ({ scale: scale * 1000 }),
    'in counts of the converter, said to be mV': () => ({ scale: 1 }),
    'in counts, of a unit that nobody knows': () => ({ scale: 1, unit: '1' }),
    'of a scale that overflows': () => ({ scale: 1e300, offset: -1e9 }),
    'of a scale at the bound of the contract': () => ({ scale: 1e9 }),
    'of a scale that is next to nothing': () => ({ scale: 1e-9 }),
  }
  it.each(Object.entries(wrong))('%s: is told in words, and nothing of the heart is said', (_, change) => {
    const outputs = sent(changed(HEALTHY, change))
    expect(rang(outputs)).toEqual(['signal-quality medium', 'signal-quality medium'])
    expect(messagesAbout(outputs, 'signal-quality').at(-1)).toMatch(/not in millivolts.*check the device's unit/)
    const types = new Set(findingsIn(outputs).map(({ type }) => type))
    expect([...types]).toEqual(['signal-quality'])
  })

  it.each(Object.entries(wrong))('%s for ten seconds: no false alarm, and an arrest afterwards rings', (_, change) => {
    const outputs = sent(changed(ARRESTED, change, FROM_S + 10))
    const high = findingsIn(outputs).filter(({ priority }) => priority === 'high')
    expect(high.map(({ type }) => type)).toContain('asystole')
    for (const { onset } of high) expect((onset - START) / 1000).toBeGreaterThan(ARREST_S - 2)
  })

  it('twice or half as large is still one: the same beats', () => {
    const plain = beatsIn(sent(messagesOf(HEALTHY)))
    for (const factor of [0.5, 2]) {
      const outputs = sent(changed(HEALTHY, ({ scale }) => ({ scale: scale * factor })))
      expect(rang(outputs)).toEqual([])
      expect(beatsIn(outputs).length).toBe(plain.length)
    }
  })
})

describe('samples that are not what the heart did', () => {
  it('a tenth of all samples missing here and there: nothing rings, and an arrest does', () => {
    const next = noise()
    const holes: Change = (signal) => ({ samples: samplesOf(signal, (value) => (next() < 0.1 ? -32768 : value)) })
    expect(rang(sent(changed(HEALTHY, holes)))).toEqual([])
    expect(rang(sent(changed(ARRESTED, holes)))).toContain('asystole high')
  })

  it('each third second missing: the monitor says what it cannot see, and nothing else', () => {
    const outputs = sent(
      changed(HEALTHY, (signal, second) => (second % 3 === 0 ? { samples: samplesOf(signal, () => -32768) } : {})),
    )
    for (const alarm of rang(outputs)) expect(alarm).toMatch(/^(lead-off|signal-quality)/)
  })

  describe.each<[string, number, (second: number) => boolean]>([
    ['0.15 s each three seconds', 0, (second) => second % 3 < 0.15],
    ['0.4 s each three seconds', 2, (second) => second % 3 < 0.4],
    ['0.4 s each two seconds', 2, (second) => second % 2 < 0.4],
    ['each third second', 2, (second) => Math.floor(second) % 3 === 0],
  ])('holes of %s', (_, told, isHole) => {
    const holed = (script: NodeScript): NodeScript => ({
      ...script,
      missing: (second) => second >= FROM_S && isHole(second),
    })
    const technical = Array.from({ length: told }, () => 'signal-quality medium')

    it.each([40, 72, 110])('a heart of %i /min rings no alarm but the technical ones', (rate) => {
      const script = { ...HEALTHY, bpm: () => rate, vitals: () => ({ heartRate: rate, spo2: 97 }) }
      const high = rang(sent(messagesOf(holed(script)))).filter((alarm) => alarm.endsWith('high'))
      expect(high).toEqual([])
      if (rate === 72) expect(rang(sent(messagesOf(holed(script))))).toEqual(technical)
    })

    it('an arrest rings within 10 s', () => {
      const outputs = sent(messagesOf(holed({ ...ARRESTED, vitals: () => undefined })))
      const asystole = findingsIn(outputs).find(({ type, priority }) => type === 'asystole' && priority === 'high')
      const after = ((asystole?.seenUntil ?? NaN) - START) / 1000 - ARREST_S
      expect(after).toBeLessThan(10)
      expect((asystole?.onset ?? NaN) - START).toBeGreaterThan((ARREST_S - 2) * 1000)
    })
  })

  it('both leads at the rail: the electrodes are checked, and no asystole rings', () => {
    const outputs = sent(changed(HEALTHY, (signal) => ({ samples: samplesOf(signal, () => 32767) })))
    expect(rang(outputs)).toEqual(['lead-off medium', 'lead-off medium'])
  })

  it('the peaks cut off by a narrow range: nothing rings', () => {
    const clipped: Change = (signal) => ({ samples: samplesOf(signal, (value) => Math.max(-40, Math.min(60, value))) })
    expect(rang(sent(changed(HEALTHY, clipped)))).toEqual([])
  })

  it('noise over the whole range: cannot be read, and no fibrillation rings', () => {
    const next = noise()
    const outputs = sent(
      changed(HEALTHY, (signal) => ({ samples: samplesOf(signal, () => Math.round((next() - 0.5) * 65_000)) })),
    )
    expect(rang(outputs)).toEqual(['signal-quality medium', 'signal-quality medium'])
  })

  it.each([
    ['both leads', ['ecg.II', 'ecg.V2']],
    ['one lead', ['ecg.II']],
  ] as const)('%s turned over: no alarm but that electrodes may be swapped', (_, names) => {
    const flipped: Change = ({ name, scale }) => (names.some((turned) => turned === name) ? { scale: -scale } : {})
    expect(new Set(rang(sent(changed({ ...HEALTHY, seconds: 300 }, flipped))))).toEqual(new Set(['signal-quality low']))
    expect(rang(sent(changed(ARRESTED, flipped)))).toContain('asystole high')
  })
})

describe('blocks that do not follow each other', () => {
  const plain = messagesOf(HEALTHY)
  const arrested = messagesOf(ARRESTED)

  it('a gap of half a minute: the lead is missing, nothing of the heart is said of it, and an arrest afterwards rings', () => {
    const holed = arrested.filter((input) => secondOf(input) < FROM_S || secondOf(input) >= FROM_S + 30)
    const outputs = sent(holed)
    const high = findingsIn(outputs).filter(({ priority }) => priority === 'high')
    expect(new Set(high.map(({ type }) => type))).toEqual(new Set(['asystole']))
    for (const { onset } of high) expect((onset - START) / 1000).toBeGreaterThan(ARREST_S - 2)
  })

  it.each([125, 360, 500])(
    'another rate, %i Hz, from one block to the next: nothing rings, and an arrest does',
    (rateHz) => {
      const joined = (script: NodeScript): TelemetryInput[] => {
        const before = messagesOf(script)
        const after = messagesOf({ ...script, rateHz })
        return before.map((input, index) => (secondOf(input) < FROM_S ? input : (after[index] ?? input)))
      }
      expect(rang(sent(joined(HEALTHY)))).toEqual([])
      expect(rang(sent(joined(ARRESTED)))).toContain('asystole high')
    },
  )

  it('out of order, twice, and both: the same beats, and nothing rings', () => {
    const swapped = plain.map(
      (input, index) => (index % 4 === 1 ? plain[index + 1] : index % 4 === 2 ? plain[index - 1] : input) ?? input,
    )
    const twice = swapped.flatMap((input) => [input, input])
    for (const messages of [swapped, twice]) {
      const outputs = sent(messages)
      expect(rang(outputs)).toEqual([])
      expect(beatsIn(outputs)).toEqual(beatsIn(sent(plain)))
    }
  })

  it('overlapping and parted by a tenth of a second: nothing rings, and an arrest does', () => {
    const overlapping = (messages: readonly TelemetryInput[]): TelemetryInput[] =>
      messages.map((input, index) => {
        const at = input.headers.at - (secondOf(input) < FROM_S ? 0 : index % 4 < 2 ? 0 : 100)
        const headers = { ...input.headers, at, time: at }
        return input.uplink.kind === 'waveform'
          ? { ...input, headers, uplink: { ...input.uplink, message: { ...input.uplink.message, at } } }
          : input
      })
    expect(rang(sent(overlapping(plain)))).toEqual([])
    expect(rang(sent(overlapping(arrested)))).toContain('asystole high')
  })

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
    ['five seconds back', -5_000],
  ])('a clock that jumps %s: no alarm of the heart', (_, byMs) => {
    const jumped = plain.map((input) => {
      if (secondOf(input) < FROM_S) return input
      const { at, receivedAt } = input.headers
      const headers = { ...input.headers, at: at + byMs, time: at + byMs, receivedAt: receivedAt + Math.max(0, byMs) }
      return { ...input, headers }
    })
    for (const alarm of rang(sent(jumped))) expect(alarm).toMatch(/^(no-data|signal-quality|clock|lead-off)/)
  })
})

describe('two devices on one patient', () => {
  const both = (first: NodeScript, second: Partial<NodeScript>): TelemetryInput[] =>
    [...messagesOf(first), ...messagesOf({ ...first, device: 'd2', leads: ['II'], ...second })].toSorted(
      (a, b) => a.headers.receivedAt - b.headers.receivedAt,
    )

  it('that show the same heart: nothing rings', () => expect(rang(sent(both(HEALTHY, {}), ['d1', 'd2']))).toEqual([]))

  it('whose rates differ a little, as their clocks do: nothing rings', () =>
    expect(rang(sent(both(HEALTHY, { bpm: () => 71.3 }), ['d1', 'd2']))).toEqual([]))

  it('an arrest rings once, not once a device', () => {
    const high = rang(sent(both(ARRESTED, {}), ['d1', 'd2'])).filter((alarm) => alarm.endsWith('high'))
    expect(high).toEqual(['asystole high'])
  })

  it('one shows an arrest and the other a beating heart: it does not ring, and is kept with the reason', () => {
    const outputs = sent(both(ARRESTED, { arrest: () => false }), ['d1', 'd2'])
    expect(rang(outputs).filter((alarm) => alarm.endsWith('high'))).toEqual([])
    const suppressed = findingsIn(outputs).filter(({ type }) => type === 'asystole')
    expect(suppressed.at(-1)?.evidence['suppressed']).toBeDefined()
  })
})
