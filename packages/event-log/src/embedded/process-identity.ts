import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** The process's start (clock ticks since boot), which tells it from a later one with the same id. Empty where the system does not say. */
function startOf(pid: number): string {
  try {
    // Fields are counted after the command's closing parenthesis, since the command may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '')
  } catch {
    // Not Linux, or the process is gone: its id alone has to do.
    return ''
  }
}

/** Host, boot and process namespace: within one of them process ids mean the same. */
function findRealm(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${hostname()}|${boot}|${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux.
    return hostname()
  }
}

const REALM = findRealm()

/** A text that names this process among all that may share a log, now and after a restart of the machine. */
export function processIdentity(): string {
  return JSON.stringify({ realm: REALM, pid: process.pid, start: startOf(process.pid) })
}

/** Whether the process lives. One of another realm (container, machine) cannot be seen and counts as alive: its lease decides. */
export function isProcessAlive(identity: string): boolean {
  const { realm, pid, start } = parseIdentity(identity)
  if (realm !== REALM) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: alive, of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return startOf(pid) === start
}

/** Whether the process lives, as far as it can be seen from here. One of another realm counts as gone: for what only processes of one machine share. */
export function isNeighbourAlive(identity: string): boolean {
  return parseIdentity(identity).realm === REALM && isProcessAlive(identity)
}

function parseIdentity(identity: string): { realm: string; pid: number; start: string } {
  const parsed: unknown = JSON.parse(identity)
  if (typeof parsed === 'object' && parsed !== null && 'realm' in parsed && 'pid' in parsed && 'start' in parsed) {
    return { realm: String(parsed.realm), pid: Number(parsed.pid), start: String(parsed.start) }
  }
  return { realm: '', pid: 0, start: '' }
}
