import type { Said } from '../live/interpret.ts'
import { createAlarmView, type AlarmView } from './alarm-view.ts'
import { createDeviceView, type DeviceView } from './device-view.ts'
import { createLatestView, type LatestView } from './latest-view.ts'
import { createSpoolView, type SpoolView } from './spool-view.ts'
import { createStaffView, type StaffView } from './staff-view.ts'
import { createSystemView, type SystemView } from './system-view.ts'
import { createTroubleView, type TroubleView } from './trouble-view.ts'

/** What this API holds in memory, rebuilt from log and store at the start. */
export interface Views {
  readonly alarms: AlarmView
  readonly latest: LatestView
  readonly devices: DeviceView
  readonly system: SystemView
  readonly spools: SpoolView
  readonly trouble: TroubleView
  readonly staff: StaffView
  /** Takes in what a record said (alarms take their records themselves, by version). */
  learn(said: Said, appendedAt: number): void
}

export function createViews(partitionCount: number): Views {
  const alarms = createAlarmView()
  const latest = createLatestView()
  const devices = createDeviceView()
  const system = createSystemView(partitionCount)
  const spools = createSpoolView()
  const trouble = createTroubleView()
  const staff = createStaffView()
  return {
    alarms,
    latest,
    devices,
    system,
    spools,
    trouble,
    staff,
    learn: (said, appendedAt) => {
      switch (said.what) {
        case 'values': {
          const { patient, device, time, receivedAt, heard, values } = said
          if (heard) devices.seen(device, receivedAt)
          if (patient === undefined) return
          for (const [code, value] of Object.entries(values)) latest.offer({ patient, device, code, time, value })
          return
        }
        case 'status':
          devices.status(said.headers.device, said.message, said.headers.receivedAt)
          if (said.message.state === 'online') devices.seen(said.headers.device, said.headers.receivedAt)
          return
        case 'waveform':
        case 'life':
          devices.seen(said.headers.device, said.headers.receivedAt)
          return
        case 'heartbeat':
          system.heartbeat(said.heartbeat, appendedAt)
          return
        case 'alarm':
          if (said.event.alarm?.type === 'proof') system.proven(said.event.alarm)
          return
        case 'proof':
          system.proof(said.proof, appendedAt)
          return
        case 'refusal':
          trouble.refused(said.refusal)
          return
        case 'staff':
          staff.learn(said.command)
          return
        case 'spool':
          spools.reported(said.spool, appendedAt)
          return
        default:
      }
    },
  }
}
