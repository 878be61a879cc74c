import { randomUUID } from 'node:crypto'
import { PROOF_DEVICE, PROOF_EVENT, PROOF_PATIENT, uplinkTopic } from '@pulsewire/contracts'
import { associate, newDeviceSecret, type RegistryView } from '@pulsewire/registry'
import { connect } from 'mqtt'

const BY = 'prover'
const RECONNECT_MS = 1_000

/** The node of the synthetic patient: a client of the broker as any other. */
export interface ProofDevice {
  /** Sends a proof; resolves true when the broker has confirmed it (it is durable then), false where it cannot be sent now. */
  send(at: number): Promise<boolean>
  stop(): Promise<void>
}

/** Gives the device a new secret and puts it on the synthetic patient, where it is not yet. */
async function provision(registry: RegistryView, now: number): Promise<string> {
  await registry.catchUp()
  const { secret, sha256 } = newDeviceSecret()
  const known = registry.state.devices.get(PROOF_DEVICE)
  await registry.change(
    {
      kind: 'device',
      id: PROOF_DEVICE,
      model: 'Pulsewire prover',
      secretSha256: sha256,
      createdAt: known?.entity.createdAt ?? now,
    },
    { expectedVersion: known?.version ?? 0, by: BY },
  )
  if (!registry.state.associations.has(PROOF_DEVICE)) {
    const spans = associate([], PROOF_PATIENT, now)
    await registry.change({ kind: 'association', id: PROOF_DEVICE, spans }, { expectedVersion: 0, by: BY })
  }
  return secret
}

/** Connects it, and again whenever the connection is lost. */
export async function startProofDevice(
  registry: RegistryView,
  options: { readonly url: string; readonly now: () => number; readonly onError: (error: Error) => void },
): Promise<ProofDevice> {
  const password = await provision(registry, options.now())
  const boot = randomUUID()
  let seq = 0
  const client = connect(options.url, {
    clientId: PROOF_DEVICE,
    username: PROOF_DEVICE,
    password,
    clean: true,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
  })
  client.on('error', options.onError)
  return {
    send: async (at) => {
      if (!client.connected) return false
      const message = { boot, seq: seq++, at, event: PROOF_EVENT }
      await client.publishAsync(uplinkTopic(PROOF_DEVICE, 'event'), JSON.stringify(message), { qos: 1 })
      return true
    },
    stop: () => client.endAsync(true),
  }
}
