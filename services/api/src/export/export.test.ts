import { Readable } from 'node:stream'
import { MISSING_SAMPLE } from '@pulsewire/contracts'
import { decodeSamples, parseHeader } from '@pulsewire/wfdb'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvOf } from './csv.ts'
import { parquetOf } from './parquet.ts'
import { physicalText, physicalValues } from './physical.ts'
import { encodeStruct, varint } from './thrift-compact.ts'
import { waveformJson } from './waveform-json.ts'
import { wfdbFiles } from './wfdb-export.ts'
import { crc32, zipOf } from './zip.ts'

const START = Date.UTC(2026, 10, 23, 1, 2, 3)
const segment = (changes: object = {}) => ({
  start: START,
  rateHz: 250,
  scale: 0.005,
  offset: 0,
  unit: 'mV',
  samples: Int16Array.of(1, -2, 3),
  device: 'd1',
  ...changes,
})

describe('physical values', () => {
  test('give the sample back exactly, whatever scale and offset', () => {
    const scales = fc.oneof(
      fc.constantFrom(0.005, 1 / 200, 0.1, 1, 12.2, -0.0048),
      fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
    )
    fc.assert(
      fc.property(
        fc.int16Array({ minLength: 1 }),
        scales,
        fc.integer({ min: -2048, max: 2048 }),
        (samples, scale, offset) => {
          const values = physicalValues(samples, scale, offset)
          const back = values.map((value) =>
            value === null ? MISSING_SAMPLE : Math.round(value / scale + offset) || 0,
          )
          expect(back).toEqual([...samples])
          expect(JSON.parse(`[${physicalText(samples, scale, offset)}]`)).toEqual(values)
        },
      ),
    )
  })

  test('carry no noise of binary fractions, and stay JSON with an absurd scale', () => {
    expect(physicalText(Int16Array.of(3, 6, 7), 0.1, 0)).toBe('0.3,0.6,0.7')
    for (const scale of [1e300, 1e308, 5e-324, -1e308])
      expect(() => JSON.parse(`[${physicalText(Int16Array.of(32767, -1), scale, 0)}]`)).not.toThrow()
  })
})

test('CSV has a point a row, quotes what needs it, and goes through all pages', async () => {
  const pages = async function* () {
    yield [{ code: 'heartRate', unit: '/min', points: [{ time: START, value: 72 }] }]
    await Promise.resolve()
    yield [{ code: 'consciousness', unit: '1', points: [{ time: START, value: 'a "b", c' }] }]
  }
  let text = ''
  for await (const chunk of csvOf(pages())) text += chunk
  expect(text).toBe(
    `time,epochMs,code,value,unit\r\n2026-11-23T01:02:03.000Z,${START},heartRate,72,/min\r\n2026-11-23T01:02:03.000Z,${START},consciousness,"a ""b"", c",1\r\n`,
  )
})

describe('zip', () => {
  test('CRC-32 has its published check value', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
  })

  test('what was put in is found through the directory, byte for byte', () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))
    const zip = zipOf(
      [
        { name: 'a.dat', bytes },
        { name: 'ä.hea', bytes: Buffer.from('text') },
      ],
      START,
    )
    expect(unzip(zip)).toEqual(
      new Map([
        ['a.dat', bytes],
        ['ä.hea', Buffer.from('text')],
      ]),
    )
  })
})

/** A reader of stored zips, by the directory at the end. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - 22
  expect(zip.readUInt32LE(end)).toBe(0x06054b50)
  const files = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50)
    const [crc, size, nameLength] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28)]
    const local = zip.readUInt32LE(at + 42)
    expect(zip.readUInt32LE(local)).toBe(0x04034b50)
    const start = local + 30 + zip.readUInt16LE(local + 26)
    const bytes = zip.subarray(start, start + size)
    expect(crc32(bytes)).toBe(crc)
    files.set(zip.subarray(at + 46, at + 46 + nameLength).toString(), Buffer.from(bytes))
    at += 46 + nameLength
  }
  return files
}

describe('WFDB', () => {
  test('samples are as they were sent, gaps are missing, gain and baseline say what they mean', () => {
    const files = wfdbFiles('p1', [
      { signal: 'ecg.II', segments: [segment({ offset: 100 }), segment({ offset: 100, start: START + 20 })] },
      { signal: 'ppg', segments: [segment({ unit: '1', scale: 1, samples: Int16Array.of(9) })] },
    ])
    expect(files.map(({ name }) => name)).toEqual(['p1_1.hea', 'p1_1.dat'])
    const header = parseHeader(Buffer.from(files[0]?.bytes ?? []).toString())
    expect(header).toMatchObject({
      name: 'p1_1',
      rateHz: 250,
      sampleCount: 8,
      startTime: '01:02:03.000',
      startDate: '2026-11-23',
    })
    expect(header.signals).toMatchObject([
      { name: 'ecg.II', gainPerUnit: 200, baseline: 100, unit: 'mV', format: 16 },
      { name: 'ppg', gainPerUnit: 1, baseline: 0 },
    ])
    const interleaved = decodeSamples(16, files[1]?.bytes ?? new Uint8Array(), 16)
    const M = MISSING_SAMPLE
    expect(Array.from(interleaved.filter((_, i) => i % 2 === 0))).toEqual([1, -2, 3, M, M, 1, -2, 3])
    expect(Array.from(interleaved.filter((_, i) => i % 2 === 1))).toEqual([9, M, M, M, M, M, M, M])
  })

  test('another rate, and a long pause, are records of their own', () => {
    const files = wfdbFiles('p1', [
      { signal: 'ecg.II', segments: [segment(), segment({ start: START + 60_000 })] },
      { signal: 'resp', segments: [segment({ rateHz: 25 })] },
    ])
    expect(files.filter(({ name }) => name.endsWith('.hea'))).toHaveLength(3)
  })
})

test('waveforms as JSON: what differs in rate or device is a signal of its own, what has no samples is there', async () => {
  const signals = [
    { signal: 'ecg.II', segments: [segment(), segment({ device: 'd2' }), segment({ start: START + 5 })] },
  ]
  let text = ''
  for await (const chunk of waveformJson({ patient: 'p1' }, ['ecg.II', 'ppg'], signals)) text += chunk
  const samples = [0.005, -0.01, 0.015]
  expect(JSON.parse(text)).toEqual({
    patient: 'p1',
    signals: [
      {
        name: 'ecg.II',
        unit: 'mV',
        rateHz: 250,
        device: 'd1',
        segments: [
          { start: START, samples },
          { start: START + 5, samples },
        ],
      },
      { name: 'ecg.II', unit: 'mV', rateHz: 250, device: 'd2', segments: [{ start: START, samples }] },
      { name: 'ppg', unit: null, rateHz: null, device: null, segments: [] },
    ],
  })
})

describe('Parquet', () => {
  test('varints and structs are as the compact protocol writes them', () => {
    expect(varint(300n)).toEqual([0xac, 0x02])
    expect(encodeStruct({ 1: { i32: -1 }, 3: { text: 'a' }, 4: { bool: true } })).toEqual([
      0x15, 1, 0x28, 1, 97, 0x11, 0,
    ])
  })

  test('a file has its magic at both ends, and its footer where its length says', async () => {
    const page = [{ code: 'heartRate', unit: '/min', points: [{ time: START, value: 72 }] }]
    const parts: Buffer[] = []
    for await (const part of parquetOf(Readable.from([page, page]))) parts.push(part)
    const file = Buffer.concat(parts)
    expect(file.subarray(0, 4).toString()).toBe('PAR1')
    expect(file.subarray(-4).toString()).toBe('PAR1')
    const footer = file.readUInt32LE(file.length - 8)
    expect(footer).toBeGreaterThan(0)
    expect(footer).toBeLessThan(file.length - 12)
    expect(file.includes('heartRate')).toBe(true)
  })
})
