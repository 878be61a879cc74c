#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError, Option } from 'commander'
import { startFleet } from './fleet.ts'
import type { Credential } from './light-node.ts'
import type { PayloadForm } from './payload.ts'
import { checkStored } from './stored.ts'

function numberOf(text: string): number {
  const value = Number(text)
  if (text === '' || !(value >= 0)) throw new InvalidArgumentError('a number of 0 or more')
  return value
}

function isCredential(value: unknown): value is Credential {
  return (
    typeof value === 'object' &&
    value !== null &&
    'username' in value &&
    typeof value.username === 'string' &&
    'password' in value &&
    typeof value.password === 'string'
  )
}

function credentialsOf(path: string): Credential[] {
  const list: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!Array.isArray(list) || !list.every(isCredential)) {
    throw new InvalidArgumentError('a JSON list of {"username","password"}, as POST /api/v1/devices answers them')
  }
  return list
}

interface Flags {
  url: string
  credentials: Credential[]
  vitals: number
  blocks: number
  payload: PayloadForm
  spool: number
  connects: number
  keepalive: number
  dropEvery?: number
  for?: number
  ca?: string
  check?: string
  drain: number
}

const flags = new Command('fleet')
  .description('Many light nodes in one process, for load. Figures come as lines of JSON on stdout.')
  .requiredOption('--url <url>', 'mqtt://host:port or mqtts://host:port')
  .requiredOption('--credentials <file>', 'JSON list of {"username","password"}, one node each', credentialsOf)
  .option('--vitals <rate>', 'vitals messages per second and node', numberOf, 1)
  .option('--blocks <rate>', 'waveform blocks per second and node', numberOf, 1)
  .addOption(new Option('--payload <form>', 'how the nodes write').choices(['cbor', 'line-protocol']).default('cbor'))
  .option('--spool <messages>', 'what a node keeps while it has no connection', numberOf, 10_000)
  .option('--connects <rate>', 'connections opened per second', numberOf, 500)
  .option('--keepalive <seconds>', 'as told to the broker', numberOf, 60)
  .option('--drop-every <seconds>', 'all links break at once, so often: a reconnect storm', numberOf)
  .option('--for <seconds>', 'stop by itself, so long after all are connected', numberOf)
  .option('--drain <seconds>', 'how long the end may wait for acknowledgements', numberOf, 60)
  .option('--ca <file>', 'PEM of the certificate authority of the broker')
  .option(
    '--check <url>',
    'at the end, compare each sample with what the station there has stored; the token is PULSEWIRE_TOKEN',
  )
  .parse()
  .opts<Flags>()

const token = process.env['PULSEWIRE_TOKEN']
if (flags.check !== undefined && token === undefined) throw new Error('--check needs PULSEWIRE_TOKEN')

const fleet = startFleet({
  url: flags.url,
  credentials: flags.credentials,
  vitalsPerSecond: flags.vitals,
  blocksPerSecond: flags.blocks,
  payload: flags.payload,
  spoolMessages: flags.spool,
  connectsPerSecond: flags.connects,
  keepaliveSeconds: flags.keepalive,
  ...(flags.ca === undefined ? {} : { ca: readFileSync(flags.ca, 'utf8') }),
})
const say = (type: string, what: object): void => {
  process.stdout.write(`${JSON.stringify({ type, ...what })}\n`)
}

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  clearInterval(drops)
  await fleet.stop({ drainMs: flags.drain * 1000 })
  const { stats } = fleet
  say('ended', stats)
  const isSound = stats.acked === stats.published && stats.unknownAcks + stats.outOfOrderAcks === 0
  process.exitCode = isSound ? 0 : 1
  input.close()
  process.stdin.destroy()
}

/** At the end, when the recorder has had its time: what is not there yet is asked for again by whoever runs this. */
async function check(): Promise<void> {
  if (flags.check === undefined || token === undefined) return
  const { skipped } = fleet.stats
  if (skipped > 0) throw new Error(`${skipped} messages were not made: there is nothing exact to compare with`)
  const report = await checkStored({ api: flags.check, token, sent: fleet.sent })
  say('stored', report)
  const { samples, vitals } = report
  if (samples.missing + samples.wrong + vitals.missing + vitals.wrong > 0) process.exitCode = 1
}

const drops = flags.dropEvery === undefined ? undefined : setInterval(() => fleet.dropLinks(), flags.dropEvery * 1_000)
process.once('SIGINT', () => void stop().then(check))
process.once('SIGTERM', () => void stop().then(check))

// Whoever runs this as a part of something asks on stdin, a word a line.
const input = createInterface({ input: process.stdin })
input.on('line', (word) => {
  if (word === 'stats') say('stats', fleet.stats)
  else if (word === 'clear') fleet.clearLatencies()
  else if (word === 'drop') fleet.dropLinks()
  else if (word === 'stop') void stop().then(check)
  else process.stderr.write(`unknown: ${word}; there are stats, clear, drop, stop\n`)
})
await fleet.connected(Math.max(60_000, (2_000 * flags.credentials.length) / flags.connects))
say('connected', fleet.stats)
if (flags.for !== undefined) setTimeout(() => void stop().then(check), flags.for * 1000)
