#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { isLeadName, type LeadName } from './physiology/leads.ts'
import { isScenarioName, SCENARIOS } from './scenarios/index.ts'
import { withOnset } from './physiology/scenario.ts'
import { startWearable } from './wearable.ts'
import { shiftedClock } from './node/clock.ts'

function numberOf(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new InvalidArgumentError('not a number')
  return value
}

function leadsOf(text: string): LeadName[] {
  return text.split(',').map((name) => {
    if (!isLeadName(name)) throw new InvalidArgumentError(`no lead ${name}`)
    return name
  })
}

interface Flags {
  url: string
  device: string
  password: string
  username?: string
  scenario: string
  seed: string
  leads?: LeadName[]
  onset?: number
  spool?: string
  ca?: string
  json?: boolean
  cuffEvery: number
  clockOffset: number
}

const program = new Command('wearable')
  .description('A simulated patient with a body-sensor node, publishing to an MQTT broker.')
  .requiredOption('--url <url>', 'mqtt://host:port or mqtts://host:port')
  .requiredOption('--device <id>', 'device id, which is the client id')
  .requiredOption('--password <secret>', 'the secret of the credential', process.env['PULSEWIRE_DEVICE_PASSWORD'])
  .option('--username <name>', 'user name (the device id)')
  .option('--scenario <name>', Object.keys(SCENARIOS).join(', '), 'healthy')
  .option('--seed <seed>', 'the same seed gives the same patient', '1')
  .option('--leads <list>', 'comma-separated, for example I,II,III,aVF', leadsOf)
  .option('--onset <seconds>', 'when the scenario sets in', numberOf)
  .option('--spool <directory>', 'keep the spool on disk, so that it outlives the process')
  .option('--ca <file>', 'PEM of the certificate authority of the broker')
  .option('--cuff-every <seconds>', 'time between pressure measurements', numberOf, 60)
  .option('--clock-offset <seconds>', 'a device clock that is off', numberOf, 0)
  .option('--json', 'send JSON instead of CBOR')
  .parse()
const flags = program.opts<Flags>()
if (!isScenarioName(flags.scenario)) program.error(`no scenario ${flags.scenario}`)
else {
  const scenario = SCENARIOS[flags.scenario]
  const node = startWearable({
    url: flags.url,
    device: flags.device,
    credential: { username: flags.username ?? flags.device, password: flags.password },
    scenario: flags.onset === undefined ? scenario : withOnset(scenario, flags.onset),
    seed: flags.seed,
    cuffEveryS: flags.cuffEvery,
    encoding: flags.json === true ? 'json' : 'cbor',
    clock: shiftedClock(flags.clockOffset * 1000),
    ...(flags.leads === undefined ? {} : { leads: flags.leads }),
    ...(flags.spool === undefined ? {} : { spoolDirectory: flags.spool }),
    ...(flags.ca === undefined ? {} : { ca: readFileSync(flags.ca, 'utf8') }),
  })
  const report = setInterval(() => {
    const { connected, produced, acked, spooled, dropped, lastError } = node.stats
    const trouble = connected || lastError === undefined ? '' : ` (${lastError})`
    process.stderr.write(
      `${connected ? 'connected' : `no connection${trouble}`}: ${produced} measured, ${acked} acknowledged, ${spooled} waiting, ${dropped} given up\n`,
    )
  }, 10_000)
  const stop = (): void => {
    clearInterval(report)
    void node.stop().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
