import type { SpoolStatus } from '@pulsewire/event-log'

/** What health says of a spool, where there is something to say. */
export function describeSpool(status: SpoolStatus): string | undefined {
  const parts: string[] = []
  if (status.spooling) {
    const since = status.oldestAt === undefined ? '' : `, oldest since ${new Date(status.oldestAt).toISOString()}`
    parts.push(`spooling, ${status.waiting} waiting${since}`)
  }
  if (!status.registryReachable) {
    const asOf =
      status.registryAsOf === undefined ? 'never read' : `as of ${new Date(status.registryAsOf).toISOString()}`
    parts.push(`registry ${asOf}`)
  }
  return parts.length === 0 ? undefined : parts.join('; ')
}
