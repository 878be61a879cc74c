#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander'
import { listenForDevices } from './listener.ts'
import { reportText } from './report-text.ts'

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number')
  return value
}

interface Flags {
  port: number
  host: string
  for?: number
  json?: boolean
}

const flags = new Command('check-device')
  .description('Point a device at this port with any credential, and read what is right and wrong in what it sends.')
  .option('--port <port>', 'MQTT port to listen on', wholeNumber, 1884)
  .option('--host <address>', 'address to listen on', '0.0.0.0')
  .option('--for <seconds>', 'stop by itself (else with Ctrl-C)', wholeNumber)
  .option('--json', 'the report as one JSON object on stdout')
  .parse()
  .opts<Flags>()

const listener = await listenForDevices({
  port: flags.port,
  host: flags.host,
  onConnect: (device) => process.stderr.write(`connected: ${device}\n`),
  onWrong: (device, check, detail) => process.stderr.write(`${device}: ${check}: ${detail}\n`),
})
process.stderr.write(`listening on ${flags.host}:${listener.port}, any credential\n`)

const finish = (): void => {
  const reports = listener.reports()
  const { refused } = listener
  const ok = reports.length > 0 && refused.length === 0 && reports.every((report) => report.ok)
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ok, devices: reports, refused })}\n`)
  else if (reports.length === 0) process.stdout.write('No device connected.\n')
  else process.stdout.write(`${reports.map(reportText).join('\n\n')}\n`)
  if (flags.json !== true) for (const text of refused) process.stdout.write(`Connection refused or broken: ${text}\n`)
  process.exitCode = ok ? 0 : 1
  void listener.close().then(() => process.exit())
}
process.once('SIGINT', finish)
process.once('SIGTERM', finish)
if (flags.for !== undefined) setTimeout(finish, flags.for * 1000)
