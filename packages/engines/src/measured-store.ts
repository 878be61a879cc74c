import { errorCodeOf } from '@pulsewire/contracts'
import { createMetrics, type Registry } from '@pulsewire/runtime'
import type { StoreWrite, VitalsStore } from '@pulsewire/vitals-store'

/** The store, with what is written and asked counted as `pulsewire_store_…`. (A method that the port gets anew has to be passed on here.) */
export function measuredStore(store: VitalsStore, registry: Registry): VitalsStore {
  const metrics = createMetrics('store', registry)
  const timed =
    <Arguments extends readonly unknown[], Answer>(step: string, call: (...given: Arguments) => Promise<Answer>) =>
    async (...given: Arguments): Promise<Answer> => {
      const began = performance.now()
      try {
        return await call(...given)
      } catch (error) {
        metrics.errors.inc({ code: errorCodeOf(error) })
        throw error
      } finally {
        metrics.latencyMs.observe({ step }, performance.now() - began)
      }
    }
  const write = timed('write', store.write.bind(store))
  return {
    write: async (written, ...more) => {
      const report = await write(written, ...more)
      for (const [kind, count] of Object.entries(pointsOf(written))) metrics.sent.inc({ kind }, count)
      return report
    },
    positions: store.positions.bind(store),
    vitals: timed('vitals', store.vitals.bind(store)),
    waveforms: timed('waveforms', store.waveforms.bind(store)),
    envelopes: timed('envelopes', store.envelopes.bind(store)),
    catalogue: timed('catalogue', store.catalogue.bind(store)),
    coverage: timed('coverage', store.coverage.bind(store)),
    findings: timed('findings', store.findings.bind(store)),
    beats: timed('beats', store.beats.bind(store)),
    alarms: timed('alarms', store.alarms.bind(store)),
    alarm: timed('alarm', store.alarm.bind(store)),
    staff: timed('staff', store.staff.bind(store)),
    events: timed('events', store.events.bind(store)),
    latest: timed('latest', store.latest.bind(store)),
    quarantine: timed('quarantine', store.quarantine.bind(store)),
    gaps: timed('gaps', store.gaps.bind(store)),
    ledger: timed('ledger', store.ledger.bind(store)),
    maintain: timed('maintain', store.maintain.bind(store)),
    close: store.close.bind(store),
    ...(store.atRest === undefined ? {} : { atRest: store.atRest.bind(store) }),
  }
}

/** What a write holds, by kind. Duplicates among the messages are counted: what was handed to the store, not what it kept. */
function pointsOf({ messages = [], ...write }: StoreWrite): Record<string, number> {
  const sum = (count: (message: (typeof messages)[number]) => number): number =>
    messages.reduce((total, message) => total + count(message), 0)
  return {
    message: messages.length,
    vital: sum(({ vitals }) => vitals.length) + (write.vitals?.length ?? 0),
    waveform: sum(({ waveforms }) => waveforms.length),
    event: sum(({ events }) => events.length),
    finding: write.findings?.length ?? 0,
    beats: write.beats?.length ?? 0,
    alarm: write.alarms?.length ?? 0,
    quarantine: write.quarantine?.length ?? 0,
  }
}
