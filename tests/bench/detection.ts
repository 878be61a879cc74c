import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { analyseLead, figureLead, physical, runChain, stSignal } from '@pulsewire/evaluation'
import { readRecord } from '@pulsewire/wfdb'
import { memoryTable } from './detection-memory.ts'
import { spread } from './cpu.ts'

const USAGE = `npm run bench:detection [-- --record PATH] [--rounds 7] [--seconds 600]

Our analyser of a lead, our whole chain (a patient's monitor and the alarms) and the QRS detectors of published tools on the same samples, in
turn, by CPU time; and what a patient costs in memory. The samples are a modelled lead at 250 Hz, or a WFDB record's first ECG lead.
Needs python3 with venv (Debian: python3-venv) and PyPI, once: the tools of tests/bench/detection-tools.txt go to .artifacts/bench-venv.`

const HERE = import.meta.dirname
const ARTIFACTS = join(HERE, '../../.artifacts')
const TOOLS = [
  ['gqrs', 'wfdb gqrs'],
  ['xqrs', 'wfdb xqrs'],
  ['neurokit-pantompkins1985', 'neurokit2 pantompkins1985'],
  ['neurokit', 'neurokit2 neurokit'],
  ['neurokit-hamilton2002', 'neurokit2 hamilton2002'],
  ['detectors-pan-tompkins', 'py-ecg-detectors pan_tompkins'],
  ['detectors-two-average', 'py-ecg-detectors two_average'],
] as const
/** NumPy's libraries would else take all cores. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
/** Rounds that are not counted: compilers and caches warm up. */
const WARM_UP_ROUNDS = 3

interface Run {
  readonly cpuS: number
  readonly beats: number
}
interface Lead {
  readonly name: string
  readonly rateHz: number
  readonly samplesMv: Float64Array
}

/** The Python with the tools, made where it is not there yet. */
function toolsPython(): string {
  const venv = join(ARTIFACTS, 'bench-venv')
  const python = join(venv, 'bin/python')
  if (existsSync(join(venv, 'ready'))) return python
  mkdirSync(ARTIFACTS, { recursive: true })
  const inherited = { stdio: 'inherit' } as const
  execFileSync('python3', ['-m', 'venv', venv], inherited)
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '-r', join(HERE, 'detection-tools.txt')], inherited)
  writeFileSync(join(venv, 'ready'), '')
  return python
}

interface Tools {
  run(tool: string): Promise<Run>
  stop(): void
}

function startTools({ samplesMv, rateHz }: Lead): Tools {
  const file = join(ARTIFACTS, 'bench-samples.f64')
  const python = toolsPython()
  writeFileSync(file, new Uint8Array(samplesMv.buffer, samplesMv.byteOffset, samplesMv.byteLength))
  const child: ChildProcessWithoutNullStreams = spawn(
    python,
    [join(HERE, 'detection-tools.py'), file, String(rateHz)],
    { env: { ...process.env, ...ONE_THREAD } },
  )
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    run: async (tool) => {
      child.stdin.write(`${tool}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`the tools ended at ${tool}`)
      return JSON.parse(value) as Run
    },
    stop: () => child.stdin.end(),
  }
}

function timed(work: () => number): Run {
  const before = process.cpuUsage()
  const beats = work()
  const { user, system } = process.cpuUsage(before)
  return { cpuS: (user + system) / 1e6, beats }
}

async function leadOf(path: string | undefined, seconds: number): Promise<Lead> {
  if (path === undefined) {
    const parts = { seed: 'bench', heartRate: 75, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 }
    return { name: 'a modelled lead', rateHz: 250, samplesMv: stSignal(parts, seconds, 250, 20).samplesMv }
  }
  const record = await readRecord(path)
  const signal = figureLead(record)
  const samplesMv = physical(signal).slice(0, seconds * record.rateHz)
  return { name: `${record.name}, lead ${signal.name}`, rateHz: record.rateHz, samplesMv }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      record: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '600' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const lead = await leadOf(values.record, Number(values.seconds))
  const { rateHz, samplesMv } = lead
  const seconds = samplesMv.length / rateHz
  const samples = Int16Array.from(samplesMv, (value) => Math.round(1000 * value))
  const signals = [{ name: 'II', unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }]
  const record = { name: 'bench', rateHz, fromSample: 0, comments: [], signals }
  const tools = startTools(lead)
  const contestants: readonly { readonly name: string; readonly run: () => Run | Promise<Run> }[] = [
    { name: 'Pulsewire, whole chain', run: () => timed(() => runChain(record).beats.length) },
    {
      name: 'Pulsewire, analyser of the lead',
      run: () => timed(() => analyseLead(samplesMv, rateHz, 'II').beats.length),
    },
    ...TOOLS.map(([tool, name]) => ({ name, run: () => tools.run(tool) })),
  ]
  const rounds = Number(values.rounds)
  const runs: Run[][] = contestants.map(() => [])
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [i, { run }] of contestants.entries()) {
      const result = await run()
      if (round >= 0) runs[i]?.push(result)
    }
  }
  tools.stop()
  console.log(
    `${lead.name}, ${Math.round(seconds)} s at ${rateHz} Hz, ${rounds} rounds in turn after ${WARM_UP_ROUNDS} to warm up, CPU time; median [least–most]\n`,
  )
  console.log('| | times real time | µs a second | CPU, whole chain = 1 | beats |\n| --- | --- | --- | --- | --- |')
  const whole = runs[0] ?? []
  for (const [i, { name }] of contestants.entries()) {
    const own = runs[i] ?? []
    const perSecond = own.map(({ cpuS }) => (1e6 * cpuS) / seconds)
    const ratios = own.map(({ cpuS }, round) => cpuS / (whole[round]?.cpuS ?? NaN))
    const times = own.map(({ cpuS }) => seconds / cpuS)
    console.log(`| ${name} | ${spread(times)} | ${spread(perSecond)} | ${spread(ratios, 2)} | ${own[0]?.beats ?? 0} |`)
  }
  console.log(`\n${memoryTable()}`)
}

await main()
