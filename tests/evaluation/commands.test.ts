import { BUNDLED_RECORDS, bundledRecord } from '@pulsewire/replay'
import { readAnnotations, scoreBeats, writeRecord } from '@pulsewire/wfdb'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const BUILT = join(import.meta.dirname, '../../packages/evaluation/dist')

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(script: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(BUILT, script), ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr })
    })
  })
}

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'evaluate-'))
  await mkdir(join(directory, 'mitdb'))
  for (const name of BUNDLED_RECORDS) {
    for (const end of ['hea', 'dat', 'atr']) await copyFile(`${bundledRecord(name)}.${end}`, join(directory, 'mitdb', `${name}.${end}`)) // prettier-ignore
  }
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('npm run evaluate', () => {
  it('scores the records of a directory and writes the table, a page and annotation files, the same each time', async () => {
    const outs = ['one', 'two'].map((name) => join(directory, name))
    const results: string[] = []
    for (const [i, out] of outs.entries()) {
      const ended = await run('evaluate.js', '--data', directory, '--only', 'beats', '--out', out, '--threads', String(i + 1)) // prettier-ignore
      expect(ended).toMatchObject({ code: 0 })
      expect(ended.stdout).toContain('| ventricular beats: Se / +P | mitdb, 5 records without paced ones, 62 beats |')
      expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('<svg')
      const { rows } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')) as { rows: unknown }
      results.push(JSON.stringify(rows))
    }
    expect(results[0]).toBe(results[1])
    const marks = await readAnnotations(join(outs[0] ?? '', 'qrs', 'mitdb', '101'), 'qrs')
    expect(marks.length).toBeGreaterThan(345)
  }, 60_000)

  it('stops where data is missing, and says what', async () => {
    const vf = await run('evaluate.js', '--data', directory, '--only', 'vf', '--out', join(directory, 'none'))
    expect(vf.code).toBe(1)
    expect(vf.stderr).toMatch(/^evaluate: vfdb: no such directory/m)
    expect((await run('evaluate.js', '--only', 'everything')).stderr).toContain('no such group: everything')
  })
})

describe('npm run analyse', () => {
  it('writes beats, findings and alarms of a record that other tools can read', async () => {
    const out = join(directory, 'analysed')
    const ended = await run('analyse.js', join(directory, 'mitdb', '205'), '--out', out, '--signal', 'MLII')
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const found = await readAnnotations(join(out, '205'), 'qrs')
    expect(new Set(found.map(({ symbol }) => symbol))).toEqual(new Set(['N', 'S', 'V']))
    const reference = await readAnnotations(bundledRecord('205'), 'atr')
    const samples = found.map(({ sample }) => sample)
    expect(scoreBeats(reference, samples, { windowMs: 150, rateHz: 360 })).toMatchObject({ tp: 284, fp: 0, fn: 0 })
    const lines = async (kind: string): Promise<Record<string, unknown>[]> =>
      (await readFile(join(out, `205.${kind}.jsonl`), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
    expect(await lines('findings')).toContainEqual(expect.objectContaining({ type: 'ventricular-tachycardia', priority: 'high' })) // prettier-ignore
    expect((await lines('alarms'))[0]).toMatchObject({ event: 'raised', atS: expect.any(Number) as number })
  })

  it('says in a line what it cannot read', async () => {
    const absent = await run('analyse.js', join(directory, 'mitdb', '999'), '--out', directory)
    expect(absent).toMatchObject({ code: 1, stdout: '' })
    expect(absent.stderr).toMatch(/^analyse: .*999\.hea/)
    const signal = await run('analyse.js', join(directory, 'mitdb', '101'), '--out', directory, '--signal', 'V9')
    expect(signal.stderr).toContain('101 has no signal V9: it has MLII, V1')
  })

  it('goes on with the next record of a folder where one cannot be read, and says which', async () => {
    const folder = join(directory, 'mixed')
    await mkdir(folder)
    for (const end of ['hea', 'dat']) await copyFile(`${bundledRecord('205')}.${end}`, join(folder, `205.${end}`))
    await writeFile(join(folder, '100.hea'), '100 1 250 1000\n100.dat 310 200 12 0 0 0 0 ECG\n')
    await writeFile(join(folder, '300.hea'), 'nothing of the kind\n')
    const ended = await run('analyse.js', folder, '--out', join(directory, 'of-a-folder'))
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(/^205: 28\d beats/m)
    expect(ended.stderr).toMatch(/^analyse: .*100: signal format 310 is not supported/m)
    expect(ended.stderr).toMatch(/^analyse: .*300: /m)
    expect((await run('analyse.js', folder)).code).toBe(2)
    expect((await run('analyse.js', folder, '--outt', 'x')).stderr).toContain('npm run analyse -- RECORD')
  })

  it('compares candidate rules with those in force, and refuses a file that is none', async () => {
    const [out, rules] = [join(directory, 'compared'), join(directory, 'rules.json')]
    const record = join(directory, 'mitdb', '205')
    await writeFile(rules, JSON.stringify({ name: 'no-runs', alarms: { 'ventricular-tachycardia': { afterS: 600 } } }))
    const ended = await run('analyse.js', record, '--out', out, '--compare', rules)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(
      /no-runs: \d+ alarms under both rules .*, [1-9]\d* only under those in force, 0 only under the candidate/,
    )
    const lines = (await readFile(join(out, '205.shadow.jsonl'), 'utf8')).trim().split('\n').map((line): unknown => JSON.parse(line)) // prettier-ignore
    expect(lines).toContainEqual(expect.objectContaining({ only: 'present', present: expect.objectContaining({ type: 'ventricular-tachycardia' }) as unknown })) // prettier-ignore
    await writeFile(rules, JSON.stringify({ name: 'x', alarms: { headache: { afterS: 1 } } }))
    const refused = await run('analyse.js', record, '--out', out, '--compare', rules)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/rules\.json: alarms/)
  })

  it('takes a record without an ECG: no beats, nothing rings', async () => {
    const samples = Int16Array.from({ length: 1250 }, (_, i) => Math.round(100 * Math.sin(i / 20)))
    const signals = [{ name: 'PLETH', unit: 'NU', gainPerUnit: 100, baseline: 0, samples }]
    await writeRecord(directory, { name: 'pulse', rateHz: 125, comments: [], signals })
    const ended = await run('analyse.js', join(directory, 'pulse'), '--out', join(directory, 'analysed'))
    expect(ended).toMatchObject({ code: 0, stdout: 'pulse: 0 beats, 0 findings, 0 alarm events\n' })
  })
})
