import { isId } from './ids.ts'
import type { UplinkKind } from './messages.ts'

const ROOT = 'bsn/v1'
const UPLINK_BY_SUFFIX: Readonly<Record<string, UplinkKind>> = {
  vitals: 'vitals',
  waveform: 'waveform',
  event: 'event',
  status: 'status',
  'command/ack': 'command-ack',
}
const SUFFIX_BY_UPLINK: Readonly<Record<UplinkKind, string>> = {
  vitals: 'vitals',
  waveform: 'waveform',
  event: 'event',
  status: 'status',
  'command-ack': 'command/ack',
}

/** The MQTT topic on which `device` publishes messages of `kind`. */
export function uplinkTopic(device: string, kind: UplinkKind): string {
  return `${ROOT}/${device}/${SUFFIX_BY_UPLINK[kind]}`
}

/** The MQTT topic on which `device` gets commands or notices. */
export function downlinkTopic(device: string, kind: 'command' | 'notice'): string {
  return `${ROOT}/${device}/${kind}`
}

/** What an uplink topic names, or `undefined` where it is not one of the contract's. */
export function parseUplinkTopic(topic: string): { device: string; kind: UplinkKind } | undefined {
  if (!topic.startsWith(`${ROOT}/`)) return undefined
  const slash = topic.indexOf('/', ROOT.length + 1)
  if (slash < 0) return undefined
  const device = topic.slice(ROOT.length + 1, slash)
  const suffix = topic.slice(slash + 1)
  const kind = Object.hasOwn(UPLINK_BY_SUFFIX, suffix) ? UPLINK_BY_SUFFIX[suffix] : undefined
  return kind !== undefined && isId(device) ? { device, kind } : undefined
}

/** The kind of what `device` publishes on `topic`; undefined where that is not one of its own topics. */
export function uplinkKindOf(device: string, topic: string): UplinkKind | undefined {
  const at = ROOT.length + 1
  if (!topic.startsWith(device, at) || topic[at + device.length] !== '/' || !topic.startsWith(`${ROOT}/`))
    return undefined
  const suffix = topic.slice(at + device.length + 1)
  return Object.hasOwn(UPLINK_BY_SUFFIX, suffix) ? UPLINK_BY_SUFFIX[suffix] : undefined
}

/** The prefix of everything that a device may publish and subscribe to: its own root, with the closing slash. */
export function deviceRoot(device: string): string {
  return `${ROOT}/${device}/`
}
