import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { outage, type Disturbance } from './disturb.ts'
import { describe, isSound } from './report.ts'
import { randomKills, runChaos, type ChaosOptions, type Scene } from './run.ts'
import type { Target } from './targets.ts'

// `npm run nightly [-- PART…]`: the long ones. Parts: kafka-down, influx-down, pauses, kills (about an hour together); ward: 64 patients before a
// real screen, another hour; bench, peers, capacity, storage: the benches in full (another hour).

const MINUTE_MS = 60_000

/** One long outage, with a rebalance in the middle of it: a detector is killed then. */
function longOutage(kind: string, how: Disturbance['how'], downMs: number): ChaosOptions['disturb'] {
  return async ({ engines, services, onDone }) => {
    await sleep(20_000)
    const target = only([...engines, ...services], kind)
    const detector = only(services, 'detector')
    const [long, short] = await Promise.all([
      outage(target, how, downMs),
      sleep(downMs / 2).then(() => outage(detector, 'kill', 2_000)),
    ])
    onDone({ how, kind, label: target.label, ...long })
    onDone({ how: 'kill', kind: 'detector', label: detector.label, ...short })
  }
}

function only(targets: readonly Target[], kind: string): Target {
  const target = targets.find((each) => each.kind === kind)
  if (target === undefined) throw new Error(`there is no ${kind}`)
  return target
}

/** Each consumer hangs for two minutes, one after the other, and another of its kind is killed meanwhile. */
async function pauses({ services, onDone }: Scene): Promise<void> {
  for (const kind of ['detector', 'alarm-manager', 'recorder', 'broker']) {
    await sleep(15_000)
    const [hung, other] = services.filter((each) => each.kind === kind)
    if (hung === undefined || other === undefined) throw new Error(`there are not two of ${kind}`)
    const [long, short] = await Promise.all([
      outage(hung, 'pause', 2 * MINUTE_MS),
      sleep(MINUTE_MS).then(() => outage(other, 'kill', 1_000)),
    ])
    onDone({ how: 'pause', kind, label: hung.label, ...long })
    onDone({ how: 'kill', kind, label: other.label, ...short })
  }
}

const PARTS: Readonly<Record<string, Pick<ChaosOptions, 'seconds' | 'disturb'>>> = {
  'kafka-down': { seconds: 420, disturb: longOutage('kafka', 'kill', 5 * MINUTE_MS) },
  'influx-down': { seconds: 720, disturb: longOutage('influxdb', 'kill', 10 * MINUTE_MS) },
  pauses: { seconds: 620, disturb: pauses },
  kills: { seconds: 800, disturb: randomKills(200, String(Date.now())) },
}

/** Commands of their own: the one that needs a browser, and the benches. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  ward: ['bench:ward', '--', '3600'],
  bench: ['bench', '--', '--rounds', '5'],
  peers: ['bench:peers', '--', '--rounds', '5', '--seconds', '60'],
  capacity: ['bench:capacity', '--', '--check', '--drops', '--seconds', '300'],
  storage: ['bench:storage'],
}

const asked = process.argv.slice(2)
const names = [...Object.keys(PARTS), ...Object.keys(COMMANDS)]
const unknown = asked.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join()}; there are ${names.join(', ')}`)
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`\n=== ${name}`)
  const startedAt = performance.now()
  const report = await runChaos({
    ...part,
    rate: 200,
    devices: 20,
    counts: { api: 2, recorder: 2, 'alarm-manager': 2, detector: 3, broker: 2 },
    log: (line) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`),
  })
  for (const line of describe(report)) console.log(line)
  if (isSound(report)) continue
  console.log('NOT SOUND')
  process.exitCode = 1
}
for (const [name, command] of Object.entries(COMMANDS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`\n=== ${name}`)
  const { status } = spawnSync('npm', ['run', ...command], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
