import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeRecord } from '@pulsewire/wfdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stSignal } from '../model/st-model.ts'
import { contractNames } from './contract-names.ts'
import { contextOf, patientOfComments } from './patient.ts'
import { plan } from './plan.ts'
import { analyseLead } from './single-lead.ts'
import { coursesOf, runChain } from './whole-chain.ts'

const stCase = { seed: 'run', heartRate: 70, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 }
const { samplesMv, beats, rateHz } = stSignal(stCase, 40, 250)

let data = ''
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'plan-'))
})
afterAll(async () => {
  await rm(data, { recursive: true, force: true })
})

describe('a lead, and the whole chain', () => {
  test('find every beat of a modelled lead to its end, at the same samples, and nothing else', () => {
    const samples = Int16Array.from(samplesMv, (value) => Math.round(1000 * value))
    const signals = [{ name: 'II', unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }]
    const lead = analyseLead(samplesMv, rateHz, 'II')
    expect(lead.beats.map(({ sample }) => sample)).toEqual(beats)
    expect(lead.rhythms).toEqual([])
    const chain = runChain({ name: 'r', rateHz, fromSample: 0, comments: [], signals })
    const found = chain.beats.map(({ timeMs }) => Math.round(((timeMs - Date.UTC(2026, 0, 1)) / 1000) * rateHz))
    expect(found).toEqual(beats)
    expect(coursesOf(chain.findings).filter(({ highFromS }) => highFromS !== undefined)).toEqual([])
    expect(chain.alarms).toEqual([])
  })
})

describe('names and patients of records', () => {
  const named = (...signals: [string, string][]) =>
    contractNames(signals.map(([name, unit]) => ({ name, unit, gainPerUnit: 1, baseline: 0, samples: new Int16Array(0) }))) // prettier-ignore

  test('are those of the device contract', () => {
    expect(named(['MLII', 'mV'], ['avr', 'mV'], ['PLETH', 'NU'], ['ABP', 'mmHg'], ['RESP', 'mV'])).toEqual(['ecg.MLII', 'ecg.aVR', 'ppg', 'abp', 'resp']) // prettier-ignore
    expect(named(['ECG', 'mV'], ['ECG', 'mV'], ['PAP', 'mmHg'])).toEqual(['ecg.ECG', 'ecg.ECG2', undefined])
  })

  test('are read from the comments, and the age is that of the first sample', () => {
    const patient = patientOfComments(['Age: 78', 'Sex: Male'])
    expect(patient).toEqual({ age: 78, sex: 'male' })
    expect(contextOf(patient)).toEqual({ sex: 'male', dateOfBirth: '1947-07-01' })
    expect(contextOf(patientOfComments(['age: n/a', 'whatever']))).toEqual({})
  })
})

describe('the plan', () => {
  test('stops at a record without a label', async () => {
    const directory = join(data, 'challenge-2015')
    await mkdir(directory)
    const signals = [{ name: 'II', unit: 'mV', gainPerUnit: 100, baseline: 0, samples: new Int16Array(10) }]
    for (const name of ['v1s', 'v2s']) await writeRecord(directory, { name, rateHz: 250, comments: [], signals })
    await writeFile(join(directory, 'ALARMS'), 'v1s,Ventricular_Tachycardia,0\n')
    const options = { dataDirectory: data, groups: ['vt-alarms'], every: 1 } as const
    await expect(plan(options)).rejects.toThrow('challenge-2015: no label of v2s')
    await writeFile(join(directory, 'ALARMS'), 'v1s,Ventricular_Tachycardia,0\nv2s,Ventricular_Tachycardia,1\n')
    expect((await plan(options)).map(({ kind }) => kind)).toEqual(['chain', 'chain'])
  })
})
