import type { StatusMessage } from '@pulsewire/contracts'

/** What a device last said of itself. `time` = when that was received (ms). */
export interface DeviceStatus {
  readonly state: 'online' | 'offline'
  readonly time: number
  readonly battery?: number
  readonly firmware?: string
  readonly model?: string
}

/** State and signs of life of the devices. */
export interface DeviceView {
  /** The device was heard at `receivedAt`. */
  seen(device: string, receivedAt: number): void
  /** A status that came at `receivedAt`; what it leaves out stays as it was. An older one has no effect. */
  status(device: string, message: StatusMessage, receivedAt: number): void
  /** One that was heard after it was said to be offline is online: that was the will of a connection that another broker had taken over. */
  statusOf(device: string): DeviceStatus | undefined
  lastSeenAt(device: string): number | undefined
}

export function createDeviceView(): DeviceView {
  const statuses = new Map<string, DeviceStatus>()
  const lastSeen = new Map<string, number>()
  return {
    seen: (device, receivedAt) => {
      if ((lastSeen.get(device) ?? 0) < receivedAt) lastSeen.set(device, receivedAt)
    },
    status: (device, message, receivedAt) => {
      const known = statuses.get(device)
      if (known !== undefined && known.time > receivedAt) return
      const battery = message.battery ?? known?.battery
      const firmware = message.firmware ?? known?.firmware
      const model = message.model ?? known?.model
      statuses.set(device, {
        state: message.state,
        time: receivedAt,
        ...(battery === undefined ? {} : { battery }),
        ...(firmware === undefined ? {} : { firmware }),
        ...(model === undefined ? {} : { model }),
      })
    },
    statusOf: (device) => {
      const status = statuses.get(device)
      const seenAt = lastSeen.get(device) ?? 0
      if (status?.state !== 'offline' || seenAt <= status.time) return status
      return { ...status, state: 'online', time: seenAt }
    },
    lastSeenAt: (device) => lastSeen.get(device),
  }
}
