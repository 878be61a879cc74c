#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { startFleet } from './fleet.ts'
import type { Credential } from './light-node.ts'

function rateOf(text: string): number {
  const rate = Number(text)
  if (!(rate >= 0)) throw new InvalidArgumentError('a number of 0 or more')
  return rate
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
  for?: number
  ca?: string
}

const flags = new Command('fleet')
  .description('Many light nodes in one process, for load.')
  .requiredOption('--url <url>', 'mqtt://host:port or mqtts://host:port')
  .requiredOption('--credentials <file>', 'JSON list of {"username","password"}, one node each', credentialsOf)
  .option('--vitals <rate>', 'vitals messages per second and node', rateOf, 1)
  .option('--blocks <rate>', 'waveform blocks per second and node', rateOf, 1)
  .option('--for <seconds>', 'stop by itself', rateOf)
  .option('--ca <file>', 'PEM of the certificate authority of the broker')
  .parse()
  .opts<Flags>()

const fleet = startFleet({
  url: flags.url,
  credentials: flags.credentials,
  vitalsPerSecond: flags.vitals,
  blocksPerSecond: flags.blocks,
  ...(flags.ca === undefined ? {} : { ca: readFileSync(flags.ca, 'utf8') }),
})
const report = setInterval(() => process.stderr.write(`${JSON.stringify(fleet.stats)}\n`), 5_000)
const stop = (): void => {
  clearInterval(report)
  void fleet.stop().then(() => {
    process.stdout.write(`${JSON.stringify(fleet.stats)}\n`)
    process.exit(0)
  })
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
if (flags.for !== undefined) setTimeout(stop, flags.for * 1000)
