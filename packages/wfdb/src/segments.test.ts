import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOfRecord, readRecord, recordNames } from './files.ts'
import { parseSegments } from './segments.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wfdb-segments-'))
  const put = (name: string, content: string | Uint8Array): Promise<void> => writeFile(join(directory, name), content)
  await put('whole.hea', 'whole/4 2 100 7\nlayout 0\na 2\n~ 3\nb 2\n# a comment\n')
  await put('a.hea', 'a 2 100 2\na.dat 16 100(0)/mV 0 0 0 0 0 I\na.dat 16 1(0)/mmHg 0 0 0 0 0 ABP\n')
  await put('a.dat', Uint8Array.from([1, 0, 9, 0, 2, 0, 8, 0]))
  await put('b.hea', 'b 1 100 2\nb.dat 16 200(10)/mV 0 0 0 0 0 I\n')
  await put('b.dat', Uint8Array.from([30, 0, 50, 0]))
  await put('fast.hea', 'fast 2 125 2\nfast.dat 16x3 100/mV 0 0 0 0 0 II\nfast.dat 16 1/mmHg 0 0 0 0 0 ABP\n')
  await put('fast.dat', Uint8Array.from([1, 0, 2, 0, 3, 0, 70, 0, 4, 0, 5, 0, 6, 0, 71, 0]))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})
const read = (name: string, options = {}) => readRecord(join(directory, name), options)

describe('a record of several segments', () => {
  test('is one record: gaps and signals that a segment does not have are missing, gains are made one', async () => {
    const { rateHz, comments, signals } = await read('whole')
    expect({ rateHz, comments }).toEqual({ rateHz: 100, comments: ['a comment'] })
    const gap = -32768
    expect(signals.map(({ name, samples }) => [name, [...samples]])).toEqual([
      ['I', [1, 2, gap, gap, gap, 10, 20]],
      ['ABP', [9, 8, gap, gap, gap, gap, gap]],
    ])
  })

  test('is read in part, and one signal of it', async () => {
    const { fromSample, signals } = await read('whole', { fromSample: 1, toSample: 6, signals: ['I'] })
    expect(fromSample).toBe(1)
    expect(signals.map(({ samples }) => [...samples])).toEqual([[2, -32768, -32768, -32768, 10]])
    await expect(read('whole', { signals: ['V9'] })).rejects.toMatchObject({ code: 'WFDB_UNSUPPORTED' })
  })

  test('stands for its segments in a folder, and names all their files', async () => {
    expect(await recordNames(directory)).toEqual(['fast', 'whole'])
    expect(await filesOfRecord(join(directory, 'whole'))).toEqual(['layout.hea', 'a.hea', 'a.dat', 'b.hea', 'b.dat'])
    expect(await filesOfRecord(join(directory, 'fast'))).toEqual(['fast.dat'])
  })

  test.each(['x/2 1 100 4\na 2\n', 'x/1 1 100 4\n../a 2\n', 'x/1 1 0 4\na 2\n'])('%j is refused', (text) => {
    expect(() => parseSegments(text)).toThrow(expect.objectContaining({ code: 'WFDB_HEADER_INVALID' }))
  })
})

describe('signals of several rates', () => {
  test('are read where that is asked for, each with its own number of samples, and refused otherwise', async () => {
    const { signals } = await read('fast', { severalRates: true })
    expect(signals.map(({ samplesPerFrame, samples }) => [samplesPerFrame, [...samples]])).toEqual([
      [3, [1, 2, 3, 4, 5, 6]],
      [undefined, [70, 71]],
    ])
    await expect(read('fast')).rejects.toMatchObject({ code: 'WFDB_UNSUPPORTED' })
  })
})
