import fc from 'fast-check'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { annotate } from './annotations.ts'
import { readAnnotations, readRecord, writeAnnotations, writeRecord } from './files.ts'
import type { WfdbRecord } from './record.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wfdb-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

const at = (name: string): string => join(directory, name)

function record(name: string, ...channels: number[][]): Omit<WfdbRecord, 'fromSample'> {
  return {
    name,
    rateHz: 360,
    comments: ['made by a test'],
    signals: channels.map((samples, i) => ({
      name: `lead ${i}`,
      unit: 'mV',
      gainPerUnit: 200,
      baseline: -5,
      samples: Int16Array.from(samples),
    })),
  }
}

describe('records on disk', () => {
  test('what was written is read back the same, its checksums agree, and any part of it is that part', async () => {
    const values = fc.array(fc.integer({ min: -2047, max: 2047 }), { minLength: 1, maxLength: 40 })
    const cases = fc.record({
      channels: fc.integer({ min: 1, max: 3 }),
      values,
      format: fc.constantFrom(16 as const, 212 as const),
      from: fc.nat(45),
      to: fc.nat(45),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ channels, values, format, from, to }) => {
        const written = record(
          'r',
          ...Array.from({ length: channels }, (_, c) => values.map((v) => (v * (c + 1)) % 2048)),
        )
        await writeRecord(directory, written, { format })
        const whole = await readRecord(at('r'))
        expect(whole).toMatchObject({ name: 'r', rateHz: 360, fromSample: 0, comments: ['made by a test'] })
        expect(whole.signals).toEqual(written.signals.map((signal) => ({ ...signal, checksumOk: true })))
        const part = await readRecord(at('r'), { fromSample: from, toSample: to })
        const first = Math.min(from, to, values.length)
        for (const [c, signal] of part.signals.entries())
          expect([...signal.samples]).toEqual([...(written.signals[c]?.samples.slice(first, to) ?? [])])
      }),
      { numRuns: 40 },
    )
  })

  test('signals are chosen by name, in the order asked', async () => {
    await writeRecord(directory, record('pick', [1, 2], [3, 4], [5, 6]))
    const { signals } = await readRecord(at('pick'), { signals: ['lead 2', 'lead 0'] })
    expect(signals.map(({ samples }) => [...samples])).toEqual([[5, 6], [1, 2]]) // prettier-ignore
    await expect(readRecord(at('pick'), { signals: ['V9'] })).rejects.toMatchObject({ code: 'WFDB_UNSUPPORTED' })
  })

  test('a changed sample is told by its checksum', async () => {
    await writeRecord(directory, record('damaged', [1, 2, 3]))
    const bytes = await readFile(at('damaged.dat'))
    bytes[2] = 77
    await writeFile(at('damaged.dat'), bytes)
    expect((await readRecord(at('damaged'))).signals[0]?.checksumOk).toBe(false)
  })

  test('an offset, a skew and several files are followed', async () => {
    await writeFile(at('mixed.hea'), 'mixed 3 100 2\na.bin 16+4 1\na.bin 16:1+4 1\nb.bin 212 1\n')
    await writeFile(at('a.bin'), Uint8Array.from([9, 9, 9, 9, 1, 0, 2, 0, 3, 0, 4, 0]))
    await writeFile(at('b.bin'), Uint8Array.from([7, 0, 8]))
    const { signals } = await readRecord(at('mixed'))
    expect(signals.map(({ samples }) => [...samples])).toEqual([[1, 3], [4, -32768], [7, 8]]) // prettier-ignore
  })

  test.each([
    [
      'a header that promises more samples than there are',
      'x 1 100 1000000000000\nx.dat 16 1\n',
      'WFDB_SIGNAL_TRUNCATED',
    ],
    ['signals of several rates', 'x 2 100 1\nx.dat 16x4 1\nx.dat 16 1\n', 'WFDB_UNSUPPORTED'],
    ['a format that is not ours', 'x 1 100 1\nx.dat 310 1\n', 'WFDB_UNSUPPORTED'],
    ['a file of another directory', 'x 1 100 1\n../x.dat 16 1\n', 'WFDB_UNSUPPORTED'],
  ])('%s is refused before anything large is allocated', async (_, header, code) => {
    await writeFile(at('x.hea'), header)
    await writeFile(at('x.dat'), Uint8Array.from([1, 0, 2, 0]))
    await expect(readRecord(at('x'))).rejects.toMatchObject({ code })
  })

  test('annotations that were written are read back the same', async () => {
    const annotations = [annotate(10, '+', { aux: '(AFIB' }), annotate(4000, 'V', { subtype: 1 })]
    await writeAnnotations(at('r'), 'qrs', annotations)
    expect(await readAnnotations(at('r'), 'qrs')).toEqual(annotations)
  })
})
