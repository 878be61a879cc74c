import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StaffCommand } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { associate, newDeviceSecret, verifyDeviceSecret, type RegistryView } from '@pulsewire/registry'
import { z } from 'zod'
import { DEMO_WARD, type DemoPatient } from './ward.ts'

const BY = 'demo'
const credentials = z.record(z.string(), z.string())
/** The secret of each demo device, by its id. */
export type DemoCredentials = z.infer<typeof credentials>

const pathOf = (dataDirectory: string): string => join(dataDirectory, 'demo-credentials.json')

/** The credentials that a start before this one left, if any. */
export function readDemoCredentials(dataDirectory: string): DemoCredentials {
  try {
    return credentials.parse(JSON.parse(readFileSync(pathOf(dataDirectory), 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Registers what of the demo ward is not registered yet, and keeps the devices' secrets, readable for this user alone. */
export async function provisionDemoWard(registry: RegistryView, dataDirectory: string, now: number): Promise<void> {
  const known = readDemoCredentials(dataDirectory)
  const secrets: DemoCredentials = {}
  for (const each of DEMO_WARD) secrets[each.device] = await provision(registry, each, known[each.device], now)
  writeFileSync(pathOf(dataDirectory), JSON.stringify(secrets, null, 2), { mode: 0o600 })
}

async function provision(
  registry: RegistryView,
  { patient, device }: DemoPatient,
  knownSecret: string | undefined,
  now: number,
): Promise<string> {
  const { patients, devices, associations } = registry.state
  if (!patients.has(patient.id)) await registry.change(patient, { expectedVersion: 0, by: BY })
  const registered = devices.get(device)
  let secret = knownSecret
  // The directory may have secrets from another log: that of the engines, or the embedded one.
  const isKnown = registered !== undefined && secret !== undefined && verifyDeviceSecret(registered.entity, secret)
  if (secret === undefined || !isKnown) {
    const fresh = newDeviceSecret()
    secret = fresh.secret
    await registry.change(
      { kind: 'device', id: device, model: 'Pulsewire demo patch', secretSha256: fresh.sha256, createdAt: now },
      { expectedVersion: registered?.version ?? 0, by: BY },
    )
  }
  if (!associations.has(device)) {
    const spans = associate([], patient.id, now)
    await registry.change({ kind: 'association', id: device, spans }, { expectedVersion: 0, by: BY })
  }
  return secret
}

/** What a nurse would have entered on the round before: without oxygen and consciousness there is no whole NEWS2. */
export async function enterDemoObservations(log: EventLog, now: number): Promise<void> {
  const records = DEMO_WARD.map(({ patient }) => {
    const command: StaffCommand = {
      type: 'observation',
      id: `${BY}-${now}`,
      patient: patient.id,
      by: BY,
      at: now,
      observedAt: now,
      vitals: { consciousness: 'A', supplementalOxygen: 0 },
    }
    return { key: patient.id, headers: { type: command.type }, value: Buffer.from(JSON.stringify(command)) }
  })
  await log.append('staff-commands', records)
}
