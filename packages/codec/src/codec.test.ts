import { MISSING_SAMPLE, PulsewireError, UPLINK_KINDS, type UplinkKind, type UplinkMessage } from '@pulsewire/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStored, decodeUplink, encodeCbor, encodeJson, encodeUplink, encodingOf } from './index.ts'

const AT = 1_790_000_000_000
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof PulsewireError) return error.code
    throw error
  }
  return 'no error'
}

const block = fc
  .record({
    seq: fc.nat(),
    length: fc.integer({ min: 1, max: 400 }),
    names: fc.uniqueArray(fc.constantFrom('ecg.II', 'ecg.V2', 'ppg', 'resp'), { minLength: 1, maxLength: 4 }),
    fill: fc.integer({ min: -32768, max: 32767 }),
  })
  .map(({ seq, length, names, fill }): UplinkMessage => ({
    kind: 'waveform',
    message: {
      boot: 'b1',
      seq,
      at: AT,
      rateHz: 250,
      signals: names.map((name, index) => ({
        name,
        unit: 'mV',
        scale: 0.005,
        offset: index,
        samples: Int16Array.from({ length }, (_, i) => (i % 7 === 0 ? MISSING_SAMPLE : ((fill + i * 31) << 16) >> 16)),
      })),
    },
  }))
const vitals = fc
  .record({ seq: fc.nat(), heartRate: fc.double({ min: 0, max: 350, noNaN: true }), spo2: fc.nat(100) })
  .map(({ seq, ...values }): UplinkMessage => ({
    kind: 'vitals',
    message: { boot: 'b1', seq, at: AT, vitals: values },
  }))

describe('codec', () => {
  it('gives back what was encoded, in JSON and in CBOR', () => {
    fc.assert(
      fc.property(fc.oneof(block, vitals), fc.constantFrom('json' as const, 'cbor' as const), (uplink, encoding) => {
        const decoded = decodeUplink(uplink.kind, encodeUplink(uplink, encoding))
        expect(decoded.encoding).toBe(encoding)
        // JSON has no -0
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
        expect(plain(decoded.uplink)).toEqual(plain(uplink))
        if (decoded.uplink.kind === 'waveform') {
          expect(decoded.uplink.message.signals[0]?.samples).toBeInstanceOf(Int16Array)
        }
      }),
    )
  })

  it('reads what was stored as it was accepted', () => {
    const status: UplinkMessage = { kind: 'status', message: { state: 'online', battery: 80 } }
    const uplinks = fc.oneof(block, vitals, fc.constant(status))
    fc.assert(
      fc.property(uplinks, fc.constantFrom('json' as const, 'cbor' as const), (uplink, encoding) => {
        const bytes = encodeUplink(uplink, encoding)
        expect(decodeStored(uplink.kind, bytes)).toEqual(decodeUplink(uplink.kind, bytes))
      }),
    )
  })

  it('answers what is stored and is no such message with an error of the catalogue', () => {
    const refused: [UplinkKind, unknown, string][] = [
      ['vitals', { boot: 'b1', seq: 1, at: AT }, 'PW_PAYLOAD_INVALID'],
      ['vitals', { vitals: { heartRate: {} } }, 'PW_PAYLOAD_INVALID'],
      ['vitals', 7, 'PW_PAYLOAD_INVALID'],
      ['waveform', { rateHz: 250, signals: [] }, 'PW_PAYLOAD_INVALID'],
      ['waveform', { rateHz: 250, signals: [{ name: 'ecg.II', samples: [1] }] }, 'PW_PAYLOAD_INVALID'],
      ['waveform', { rateHz: 250, signals: [{ name: 'ecg.II', samples: [1.5] }] }, 'PW_PAYLOAD_INVALID'],
      ['status', { state: 'asleep' }, 'PW_PAYLOAD_INVALID'],
    ]
    for (const [kind, value, code] of refused) {
      for (const encode of [encodeJson, encodeCbor]) expect(codeOf(() => decodeStored(kind, encode(value)))).toBe(code)
    }
    expect(codeOf(() => decodeStored('vitals', new Uint8Array()))).toBe('PW_PAYLOAD_EMPTY')
    expect(codeOf(() => decodeStored('vitals', Buffer.from('{"vitals"')))).toBe('PW_PAYLOAD_NOT_JSON')
    expect(codeOf(() => decodeStored('waveform', encodeCbor({ a: 'text' }).subarray(0, 4)))).toBe('PW_PAYLOAD_NOT_CBOR')
    fc.assert(
      fc.property(block, fc.nat(), fc.nat(255), (uplink, where, value) => {
        const payload = Uint8Array.from(encodeUplink(uplink, 'cbor'))
        payload[where % payload.length] = value
        try {
          decodeStored('waveform', payload)
        } catch (error) {
          expect(error).toBeInstanceOf(PulsewireError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is half the size in CBOR', () => {
    const samples = Int16Array.from({ length: 250 }, (_, i) => Math.round(300 * Math.sin(i / 8)))
    const uplink: UplinkMessage = {
      kind: 'waveform',
      message: {
        boot: 'b1',
        seq: 1,
        at: AT,
        rateHz: 250,
        signals: [{ name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples }],
      },
    }
    expect(encodeUplink(uplink, 'cbor').length).toBeLessThan(encodeUplink(uplink, 'json').length * 0.6)
  })

  it('answers any bytes with a message or an error of the catalogue', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.anything({ withTypedArray: false }).map((value) => {
        try {
          return encodeCbor(value)
        } catch {
          return new Uint8Array([0xa0])
        }
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...UPLINK_KINDS), bytes, (kind, payload) => {
        try {
          decodeUplink(kind, payload)
        } catch (error) {
          expect(error).toBeInstanceOf(PulsewireError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('answers a damaged message with a message or an error of the catalogue', () => {
    fc.assert(
      fc.property(block, fc.nat(), fc.nat(255), fc.nat(), (uplink, where, value, cut) => {
        const payload = Uint8Array.from(encodeUplink(uplink, 'cbor'))
        payload[where % payload.length] = value
        try {
          decodeUplink('waveform', payload.subarray(0, 1 + (cut % payload.length)))
        } catch (error) {
          expect(error).toBeInstanceOf(PulsewireError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses lengths that the payload does not cover, before anything is allocated', () => {
    // array of 2^32-1 items, string of 2^63 bytes, map of 2^30 pairs, tag 77 over a lie
    for (const hex of ['9affffffff', 'a161785b7fffffffffffffff', 'ba40000000', 'a1616dd84d5a7fffffff00', '9f9f9f9f']) {
      expect(codeOf(() => decodeUplink('vitals', Buffer.from(hex, 'hex')))).toBe('PW_PAYLOAD_NOT_CBOR')
    }
  })

  it('refuses what nests without end', () => {
    expect(codeOf(() => decodeUplink('event', Buffer.from('{"a":' + '['.repeat(200_000))))).toBe('PW_PAYLOAD_NOT_JSON')
    expect(codeOf(() => decodeUplink('event', Buffer.alloc(200_000, 0x81)))).toBe('PW_PAYLOAD_NOT_CBOR')
    expect(codeOf(() => decodeUplink('event', Buffer.from(`{"a":"${'['.repeat(99)}"}`)))).toBe('PW_PAYLOAD_INVALID')
  })

  it.each([
    ['an empty payload', 'vitals', new Uint8Array(0), 'PW_PAYLOAD_EMPTY'],
    ['more than 256 KiB', 'vitals', Buffer.alloc(256 * 1024 + 1, 0x20), 'PW_PAYLOAD_TOO_LARGE'],
    ['broken JSON', 'vitals', Buffer.from('{"boot":'), 'PW_PAYLOAD_NOT_JSON'],
    ['JSON that is not UTF-8', 'event', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'PW_PAYLOAD_NOT_JSON'],
    ['a tag that the contract does not know', 'vitals', Buffer.from('c11a514b67b0', 'hex'), 'PW_PAYLOAD_NOT_CBOR'],
    ['bytes after the item', 'vitals', Buffer.from('a0a0', 'hex'), 'PW_PAYLOAD_NOT_CBOR'],
    [
      'a value out of range',
      'vitals',
      encodeJson({ boot: 'b', seq: 0, at: AT, vitals: { spo2: 101 } }),
      'PW_PAYLOAD_INVALID',
    ],
    [
      'a value that is no number',
      'vitals',
      encodeCbor({ boot: 'b', seq: 0, at: AT, vitals: { spo2: NaN } }),
      'PW_PAYLOAD_INVALID',
    ],
    [
      'a word for a number',
      'vitals',
      encodeJson({ boot: 'b', seq: 0, at: AT, vitals: { spo2: '97' } }),
      'PW_PAYLOAD_INVALID',
    ],
    [
      'a vital that nobody knows',
      'vitals',
      encodeJson({ boot: 'b', seq: 0, at: AT, vitals: { mood: 3 } }),
      'PW_PAYLOAD_INVALID',
    ],
    [
      'a seq with a fraction',
      'vitals',
      encodeJson({ boot: 'b', seq: 0.5, at: AT, vitals: { spo2: 97 } }),
      'PW_PAYLOAD_INVALID',
    ],
    [
      'a boot with a slash',
      'vitals',
      encodeJson({ boot: 'a/b', seq: 0, at: AT, vitals: { spo2: 97 } }),
      'PW_PAYLOAD_INVALID',
    ],
  ] as const)('refuses %s', (_name, kind, payload, code) => {
    expect(codeOf(() => decodeUplink(kind, payload))).toBe(code)
  })

  it.each([
    ['samples beyond int16', { samples: [0, 40000] }, 'PW_PAYLOAD_INVALID'],
    ['samples with a fraction', { samples: [0.5] }, 'PW_PAYLOAD_INVALID'],
    ['no samples', { samples: [] }, 'PW_PAYLOAD_INVALID'],
    ['a scale of nothing', { scale: 0 }, 'PW_PAYLOAD_INVALID'],
    ['a scale next to nothing', { scale: 1e-320 }, 'PW_PAYLOAD_INVALID'],
    ['an offset beyond any sensor', { offset: 1e308 }, 'PW_PAYLOAD_INVALID'],
    ['a signal that nobody knows', { name: 'eeg' }, 'PW_PAYLOAD_INVALID'],
    ['signals of unequal length', { samples: [1, 2, 3] }, 'PW_SIGNALS_UNEQUAL'],
    ['the same signal twice', { name: 'ppg' }, 'PW_PAYLOAD_INVALID'],
  ])('refuses a block with %s', (_name, change, code) => {
    const signal = { name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples: [1, 2] }
    const signals = [
      { ...signal, name: 'ppg' },
      { ...signal, ...change },
    ]
    const payload = encodeJson({ boot: 'b', seq: 0, at: AT, rateHz: 250, signals })
    expect(codeOf(() => decodeUplink('waveform', payload))).toBe(code)
  })

  it('reads a 64-bit integer as another encoder writes it', () => {
    // {"boot": "b", "seq": 1, "at": 1b 000001a0c6a6b000, "vitals": {"spo2": 97}}
    const at = 0x1a0_c6a6_b000
    const hex = 'a464626f6f74616263736571016261741b000001a0c6a6b00066766974616c73a16473706f321861'
    expect(decodeUplink('vitals', Buffer.from(hex, 'hex')).uplink.message).toMatchObject({ at, vitals: { spo2: 97 } })
  })

  it('tells JSON from CBOR by the first byte', () => {
    expect(encodingOf(encodeJson({ a: 1 }))).toBe('json')
    expect(encodingOf(encodeCbor({ a: 1 }))).toBe('cbor')
  })
})
