import { setTimeout as sleep } from 'node:timers/promises'
import { signIn } from '../support/api.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'

// `npm run verify:ward [-- MINUTES]`: the demo ward for ten minutes. The heart attack must ring high within 60 s of its onset, and of the healthy
// neighbours nobody at all. (Bed 7 deteriorates as in sepsis, bed 8 fibrillates after six minutes: they shall ring.)
const HEALTHY = ['demo-1', 'demo-2', 'demo-3', 'demo-5', 'demo-6']
const ONSET_AFTER_MS = 30_000
const [minutes = 10] = process.argv.slice(2).map(Number)

interface AlarmView {
  readonly patient: string
  readonly type: string
  readonly priority: string
  readonly raisedAt: number
  readonly message: string
}

const directory = temporaryDirectory()
const station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_DEMO: '1' } })
const startedAt = Date.now()
try {
  await sleep(minutes * 60_000)
  const api = await signIn(station)
  const { alarms } = await api.call<{ alarms: AlarmView[] }>(
    'GET',
    `/alarms?from=${startedAt - 60_000}&to=${Date.now()}`,
  )
  for (const { patient, priority, type, message, raisedAt } of alarms) {
    console.log(
      `${((raisedAt - startedAt) / 1000).toFixed(0).padStart(5)} s  ${patient}  ${priority.padEnd(6)}  ${type}: ${message}`,
    )
  }
  const attack = alarms.find(({ type, priority }) => type === 'myocardial-infarction' && priority === 'high')
  const afterOnsetS = attack === undefined ? Infinity : (attack.raisedAt - startedAt - ONSET_AFTER_MS) / 1000
  const wrong = alarms.filter(({ patient, priority }) => priority === 'high' && HEALTHY.includes(patient))
  const ledger = await api.call<Record<string, number>>('GET', '/ledger')
  console.log(`heart attack: high alarm ${afterOnsetS.toFixed(1)} s after its onset`)
  console.log(`high alarms of healthy neighbours in ${minutes} minutes: ${wrong.length}`)
  console.log(`ledger ${JSON.stringify(ledger)}`)
  if (afterOnsetS > 60 || wrong.length > 0) process.exitCode = 1
} finally {
  await station.stop()
  directory.remove()
}
