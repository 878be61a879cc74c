import { errorCodeOf } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { createMetrics, type Registry } from '@pulsewire/runtime'

/** The log, with what goes through it counted as `pulsewire_log_…`. (A method that the port gets anew has to be passed on here.) */
export function measuredLog(log: EventLog, registry: Registry): EventLog {
  const metrics = createMetrics('log', registry)
  const failed = (error: unknown): void => metrics.errors.inc({ code: errorCodeOf(error) })
  let appending = 0
  return {
    append: async (topic, records) => {
      const began = performance.now()
      metrics.queue.set({ name: 'appending' }, (appending += records.length))
      try {
        const positions = await log.append(topic, records)
        metrics.sent.inc({ kind: topic }, records.length)
        metrics.latencyMs.observe({ step: 'append' }, performance.now() - began)
        return positions
      } catch (error) {
        failed(error)
        throw error
      } finally {
        metrics.queue.set({ name: 'appending' }, (appending -= records.length))
      }
    },
    consume: (options) =>
      log.consume({
        ...options,
        handler: async (batch) => {
          metrics.received.inc({ kind: batch.topic }, batch.records.length)
          await options.handler(batch)
        },
        onError: (error) => {
          failed(error)
          options.onError?.(error)
        },
      }),
    tail: (options) =>
      log.tail({
        ...options,
        handler: (batch) => {
          metrics.received.inc({ kind: batch.topic }, batch.records.length)
          return options.handler(batch)
        },
        onError: (error) => {
          failed(error)
          options.onError?.(error)
        },
      }),
    read: log.read.bind(log),
    ends: log.ends.bind(log),
    offsetAt: log.offsetAt.bind(log),
    committed: log.committed.bind(log),
    partitionOf: log.partitionOf.bind(log),
    maintain: log.maintain.bind(log),
    close: log.close.bind(log),
  }
}
