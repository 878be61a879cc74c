import { annotate, writeAnnotations, writeRecord } from '@pulsewire/wfdb'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCsv } from './csv.ts'
import { listRecords, openRecord } from './databases.ts'
import { diagnosisCodes, readChallengeAlarms, readPtbXl } from './labels.ts'
import { fibrillationSpans, rhythmSpans, spansOf } from './rhythm-labels.ts'

let data = ''
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'evaluation-'))
})
afterAll(async () => {
  await rm(data, { recursive: true, force: true })
})

async function folder(database: string): Promise<string> {
  await mkdir(join(data, database), { recursive: true })
  return join(data, database)
}

const recordOf = (name: string) => ({
  name,
  rateHz: 10,
  comments: [],
  signals: [{ name: 'II', unit: 'mV', gainPerUnit: 100, baseline: 0, samples: Int16Array.from([0, 100, 200]) }],
})

describe('databases', () => {
  test('list their records by name, every second one as tuned on', async () => {
    const directory = await folder('mitdb')
    for (const name of ['203', '101', '102']) {
      await writeRecord(directory, recordOf(name))
      await writeAnnotations(join(directory, name), 'atr', [annotate(1, 'N')])
    }
    const records = await listRecords(data, 'mitdb')
    expect(records.map(({ name, tuned }) => [name, tuned])).toEqual([
      ['101', false],
      ['102', true],
      ['203', false],
    ])
    const [first] = records
    expect(first === undefined ? [] : (await openRecord(first, { fromS: 0.1 })).signals.map(({ samples }) => [...samples])).toEqual([[100, 200]]) // prettier-ignore
  })

  test('say all that is missing', async () => {
    await expect(listRecords(data, 'vfdb')).rejects.toThrow(/vfdb: no such directory/)
    await folder('nstdb')
    await expect(listRecords(data, 'nstdb')).rejects.toThrow(/nstdb: no records/)
    await folder('challenge-2015')
    await expect(listRecords(data, 'challenge-2015')).rejects.toThrow(/no ALARMS/)
    const directory = await folder('cpsc2021')
    await writeRecord(directory, recordOf('data_1'))
    await writeRecord(directory, recordOf('data_2'))
    await rm(join(directory, 'data_2.dat'))
    await expect(listRecords(data, 'cpsc2021')).rejects.toThrow('cpsc2021: missing data_1.atr, data_2.dat, data_2.atr')
  })
})

describe('labels', () => {
  test('of rhythm hold until the next, and the last to the end', () => {
    const annotations = [annotate(0, '+', { aux: '(N' }), annotate(5, 'N'), annotate(100, '+', { aux: '(VFL' }), annotate(150, '+', { aux: '(VFIB' }), annotate(180, '+', { aux: '(N' })] // prettier-ignore
    const spans = rhythmSpans(annotations, 10, 30)
    expect(spans.map(({ label, fromS, toS }) => [label, fromS, toS])).toEqual([
      ['N', 0, 10],
      ['VFL', 10, 15],
      ['VFIB', 15, 18],
      ['N', 18, 30],
    ])
    expect(spansOf(spans, 'VFL', 'VFIB')).toEqual([{ fromS: 10, toS: 18 }])
  })

  test('of fibrillation in cudb are the windows of the table where there are no marks', async () => {
    const directory = await folder('cudb')
    await writeFile(join(directory, 'labels-5s.csv'), 'record,window,shockable\ncu02,0,0\ncu02,1,1\ncu02,2,1\n')
    const ref = { database: 'cudb', name: 'cu02', path: join(directory, 'cu02'), tuned: false } as const
    expect(await fibrillationSpans(ref, 250, 20)).toEqual({ exact: false, spans: [{ fromS: 5, toS: 15 }] })
    await expect(fibrillationSpans({ ...ref, name: 'cu03', path: join(directory, 'cu03') }, 250, 20)).rejects.toThrow(/cu03/) // prettier-ignore
  })

  test('of alarms, diagnoses and patients are read', async () => {
    await writeFile(join(await folder('challenge-2015'), 'ALARMS'), 'v1s,Ventricular_Tachycardia,0\na1l,Asystole,1\n')
    expect([...(await readChallengeAlarms(data))]).toEqual([
      ['v1s', { type: 'Ventricular_Tachycardia', isTrue: false }],
      ['a1l', { type: 'Asystole', isTrue: true }],
    ])
    expect(diagnosisCodes(['Age: 7', 'Dx: 426177001,59931005'])).toEqual(['426177001', '59931005'])
    const table = `ecg_id,age,sex,scp_codes,infarction_stadium1,validated_by_human\n8,300.0,1,"{'IMI': 35.0, 'SR': 0.0}",Stadium III,True\n`
    await writeFile(join(await folder('ptbxl'), 'ptbxl_database.csv'), table)
    const row = (await readPtbXl(data)).get('00008')
    expect(row).toMatchObject({ age: 90, sex: 'female', stage: 'Stadium III', isHumanValidated: true })
    expect([...(row?.codes ?? [])]).toEqual([['IMI', 35], ['SR', 0]]) // prettier-ignore
  })

  test('quoted fields of a table may hold commas, quotes and line ends', () => {
    expect(parseCsv('a,b\r\n"1,2","say ""yes""\n"\r\n3,4')).toEqual([
      { a: '1,2', b: 'say "yes"\n' },
      { a: '3', b: '4' },
    ])
  })
})
