#!/usr/bin/env node
// usage: make-env.mjs [FILE]   Writes the secrets of infra/compose.yaml (default infra/.env), for the owner's eyes alone. Never overwrites: the
// engines keep what they were set up with.
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const file = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../.env'))
const secret = (bytes) => randomBytes(bytes).toString('base64url')
/** Kafka's form of a UUID: base64 of its 16 bytes. It must not begin with a hyphen. */
const clusterId = () => {
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}

const lines = {
  PULSEWIRE_ADMIN_PASSWORD: secret(12),
  PULSEWIRE_GRAFANA_PASSWORD: secret(12),
  PULSEWIRE_INFLUX_PASSWORD: secret(18),
  PULSEWIRE_INFLUX_TOKEN: secret(48),
  PULSEWIRE_KAFKA_CLUSTER_ID: clusterId(),
}
const text = [
  '# Secrets of this installation, made by make-env.mjs. Keep them with the backup, and away from everybody else.',
  ...Object.entries(lines).map(([name, value]) => `${name}=${value}`),
  '',
].join('\n')

try {
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  process.stdout.write(
    `${file}: written. Dashboard: user admin, PULSEWIRE_ADMIN_PASSWORD; Grafana: user admin, PULSEWIRE_GRAFANA_PASSWORD\n`,
  )
} catch (error) {
  if (error.code !== 'EEXIST') throw error
  process.stderr.write(`${file} is there already and stays as it is\n`)
  process.exitCode = 1
}
