// Everything that docs/analysts.md tells analysts to run, run against a real InfluxDB.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VitalsStore } from '../port.ts'
import { alarm, block, finding, message, point, quarantined, writeOf } from '../testing/samples.ts'
import { openInfluxVitalsStore } from './open.ts'
import { createTestBucket, type TestBucket } from './testing.ts'

const page = readFileSync(new URL('../../../../docs/analysts.md', import.meta.url), 'utf8')
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
/** In the recent past, at the beginning of a minute. */
const T = Math.floor((Date.now() - 10 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
const RECENT = Date.now() - 20 * SECOND_MS
const SAMPLES = Int16Array.from([0, 100, -100, -32768, 32767])

/** The code block after a text of the page. */
function blockAfter(text: string, language: string): string {
  const after = page.slice(page.indexOf(text))
  const found = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(after)?.[1]
  if (!page.includes(text) || found === undefined)
    throw new Error(`docs/analysts.md has no ${language} after “${text}”`)
  return found
}

describe('docs/analysts.md', () => {
  let bucket: TestBucket
  let store: VitalsStore
  const asked = new Set<string>()
  beforeAll(async () => {
    bucket = await createTestBucket()
    store = await openInfluxVitalsStore(bucket.options)
    const vitals = [0, 1, 2, 3, 60, 61].flatMap((second) => [
      point({ time: T + second * SECOND_MS, value: 70 + second }),
      point({ time: T + second * SECOND_MS, code: 'spo2', value: 97 }),
    ])
    const times = { onset: T, raisedAt: T }
    await store.write(
      writeOf(
        [
          message(0, { vitals }),
          message(1, { waveforms: [block({ start: RECENT, samples: SAMPLES })] }),
          message(2, { vitals: [point({ patient: 'p2', device: 'd2', time: T, value: 88 })] }),
        ],
        {
          findings: [finding({ ...times, type: 'atrial-fibrillation', status: 'ended', end: T + 3 * MINUTE_MS })],
          alarms: [
            alarm({
              ...times,
              id: 'a1',
              priority: 'high',
              state: 'acknowledged',
              acknowledgedAt: T + 42_000,
              acknowledgedBy: 'nurse',
            }),
            alarm({ ...times, id: 'a2', priority: 'high' }),
            alarm({ ...times, id: 'a3', patient: 'p2', priority: 'low' }),
          ],
          quarantine: [quarantined(0, { receivedAt: T })],
        },
      ),
    )
  })
  afterAll(async () => {
    await store.close()
    await bucket.remove()
  })

  /** The rows of an answer, by column. */
  const ask = async (text: string): Promise<Record<string, string>[]> => {
    const query = blockAfter(text, 'flux')
    asked.add(query)
    const answer = await bucket.query(query.replaceAll('"pulsewire"', `"${bucket.options.bucket}"`))
    return answer
      .split('\r\n\r\n')
      .filter((table) => table.trim() !== '')
      .flatMap((table) => {
        const [names = '', ...rows] = table.trim().split('\r\n')
        const columns = names.split(',')
        return rows.map((row) => Object.fromEntries(row.split(',').map((cell, index) => [columns[index] ?? '', cell])))
      })
  }

  it('answers the usual questions', async () => {
    expect((await ask("A patient's heart rate, per minute")).map(({ _value }) => Number(_value))).toEqual([71.5, 130.5])
    expect(await ask('The last values of a ward')).toMatchObject([
      { patient: 'p1', heartRate: '131', spo2: '97' },
      { patient: 'p2', heartRate: '88' },
    ])
    const aside = await ask('Several vitals of a patient side by side')
    expect(aside.map(({ spo2 }) => spo2)).toContain('97')
    expect(aside.every(({ heartRate }) => Number(heartRate) > 70)).toBe(true)
    expect((await ask('Daily means by the days of a place')).map(({ patient }) => patient)).toContain('p2')
    const load = await ask('Alarm load')
    expect(load.map(({ patient, priority, alarms }) => [patient, priority, alarms])).toEqual([
      ['p1', 'high', '2'],
      ['p2', 'low', '1'],
    ])
    expect(await ask('How long until somebody acknowledged')).toMatchObject([{ patient: 'p1', seconds: '42' }])
    expect(await ask('Minutes in atrial fibrillation')).toMatchObject([{ patient: 'p1', minutes: '3' }])
    expect(await ask('Gaps: where a series was silent')).toMatchObject([{ patient: 'p1', elapsed: '57' }])
    expect(await ask('What cannot be read')).toMatchObject([{ device: 'd1', code: 'PW_PAYLOAD_NOT_JSON', _value: '1' }])
    const envelope = await ask('A picture of hours of ECG')
    expect(Object.fromEntries(envelope.map(({ _field, _value }) => [_field, Number(_value)]))).toEqual({
      min: -0.5,
      max: 163.835,
    })
    // Every query of the page was asked, here or below.
    await ask('The blocks of a minute')
    expect(asked.size).toBe([...page.matchAll(/```flux/g)].length)
  })

  it('decodes samples in Python and in JavaScript, and tells of a damaged block', async () => {
    const [row] = await ask('The blocks of a minute')
    const { samples = '', crc32 = '', scale = '', offset = '', unit } = row ?? {}
    expect(unit).toBe('mV')
    const expected = [0, 0.5, -0.5, null, 163.835]
    const close = (values: (number | null)[]) =>
      values.map((value) => (value === null ? null : Math.round(value * 1e6) / 1e6))

    const python = `${blockAfter('## Samples', 'python')}
import json, sys
print(json.dumps(decode(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))))`
    const run = (...args: string[]) =>
      execFileSync('python3', ['-c', python, ...args], { encoding: 'utf8', stdio: 'pipe' })
    expect(close(JSON.parse(run(samples, crc32, scale, offset)))).toEqual(expected)
    expect(() => run(samples, '1', scale, offset)).toThrow(/the block is damaged/)

    const directory = await mkdtemp(join(tmpdir(), 'pulsewire-analysts-'))
    const file = join(directory, 'decode.mjs')
    writeFileSync(file, blockAfter('## Samples', 'js'))
    const { decode }: { decode: (samples: string, crc32: string, scale: number, offset: number) => (number | null)[] } =
      await import(pathToFileURL(file).href)
    expect(close(decode(samples, crc32, Number(scale), Number(offset)))).toEqual(expected)
    expect(() => decode(samples, '1', 1, 0)).toThrow('the block is damaged')
    await rm(directory, { recursive: true })
  })
})
