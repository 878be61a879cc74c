#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { startReplay } from './replay.ts'

function speedOf(text: string): number {
  const speed = text === 'max' ? Infinity : Number(text)
  if (!(speed > 0)) throw new InvalidArgumentError('a number above 0, or max')
  return speed
}

function timeOf(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('no time that RFC 3339 knows')
  return time
}

interface Flags {
  url: string
  device: string
  password: string
  username?: string
  speed: number
  times: 'now' | 'original'
  startAt?: number
  loop?: boolean
  vitals?: string
  signals?: string
  ca?: string
  spool?: string
}

const program = new Command('replay')
  .description('Sends a WFDB record as a wearable, bit for bit.')
  .argument('<record>', 'path of the record without extension')
  .requiredOption('--url <url>', 'mqtt://host:port or mqtts://host:port')
  .requiredOption('--device <id>', 'device id, which is the client id')
  .requiredOption('--password <secret>', 'the secret of the credential', process.env['PULSEWIRE_DEVICE_PASSWORD'])
  .option('--username <name>', 'user name (the device id)')
  .option('--speed <factor>', 'times as fast as life, or max', speedOf, 1)
  .option('--times <now|original>', 'the times to send', 'now')
  .option('--start-at <time>', 'time of the first sample, RFC 3339', timeOf)
  .option('--loop', 'begin again at the end, as a new session')
  .option('--vitals <seed>', 'send simulated vitals with it, marked as such')
  .option('--signals <list>', 'WFDB names, comma-separated')
  .option('--ca <file>', 'PEM of the certificate authority of the broker')
  .option('--spool <directory>', 'keep the spool on disk')
  .parse()
const flags = program.opts<Flags>()
if (flags.times !== 'now' && flags.times !== 'original') program.error('--times is now or original')

const node = await startReplay({
  record: program.args[0] ?? '',
  url: flags.url,
  device: flags.device,
  credential: { username: flags.username ?? flags.device, password: flags.password },
  speed: flags.speed,
  times: flags.times,
  loop: flags.loop === true,
  ...(flags.startAt === undefined ? {} : { startAt: flags.startAt }),
  ...(flags.vitals === undefined ? {} : { simulatedVitals: flags.vitals }),
  ...(flags.signals === undefined ? {} : { signals: flags.signals.split(',') }),
  ...(flags.ca === undefined ? {} : { ca: readFileSync(flags.ca, 'utf8') }),
  ...(flags.spool === undefined ? {} : { spoolDirectory: flags.spool }),
})
const report = setInterval(() => {
  const { connected, acked, spooled, lastError } = node.stats
  const trouble = connected || lastError === undefined ? '' : ` (${lastError})`
  process.stderr.write(
    `${connected ? 'connected' : `no connection${trouble}`}: ${acked} acknowledged, ${spooled} waiting\n`,
  )
}, 10_000)
const stop = (): void => {
  clearInterval(report)
  void node.stop().then(() => process.exit(0))
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
void node.finished.then(stop)
