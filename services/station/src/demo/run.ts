import { join } from 'node:path'
import { bundledRecord, startReplay } from '@pulsewire/replay'
import { startWearable, type NodeOptions, type RunningNode } from '@pulsewire/wearable'
import type { Running } from '@pulsewire/runtime'
import type { DemoCredentials } from './provision.ts'
import { DEMO_WARD, type DemoPatient } from './ward.ts'

const DRAIN_MS = 800
const DEMO_CUFF_S = 60

export interface DemoOptions {
  readonly mqttPort: number
  readonly dataDirectory: string
  readonly credentials: DemoCredentials
}

/** Puts a wearable on each patient of the demo ward: clients as any other, with credentials of their own. */
export async function startDemoWard(options: DemoOptions): Promise<Running> {
  const nodes = await Promise.all(DEMO_WARD.map((each) => startNodeOf(each, options)))
  return {
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop({ drainMs: DRAIN_MS })))
    },
    health: () => {
      const connected = nodes.filter((node) => node.stats.connected).length
      return { ok: connected === nodes.length, detail: `${connected} of ${nodes.length} wearables connected` }
    },
  }
}

async function startNodeOf(each: DemoPatient, options: DemoOptions): Promise<RunningNode> {
  const { device, source } = each
  const node: NodeOptions = {
    url: `mqtt://127.0.0.1:${options.mqttPort}`,
    device,
    credential: { username: device, password: options.credentials[device] ?? '' },
    spoolDirectory: join(options.dataDirectory, 'demo-spool', device),
  }
  if (source.kind === 'record') {
    const record = bundledRecord(source.record)
    return startReplay({ ...node, record, loop: true, simulatedVitals: device, cuffEveryS: DEMO_CUFF_S })
  }
  return startWearable({ ...node, scenario: source.scenario, seed: source.seed, cuffEveryS: DEMO_CUFF_S })
}
