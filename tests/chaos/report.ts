import type { ChaosReport } from './run.ts'

/** Whether nothing was lost, doubled, out of order or standing still. */
export function isSound(report: ChaosReport): boolean {
  const { log, nonsense, ledgerDifference, inGaps, stuck, differences, compared } = report
  return (
    log.lost === 0 &&
    log.outOfOrder === 0 &&
    nonsense.quarantined >= nonsense.acked &&
    ledgerDifference === 0 &&
    inGaps === 0 &&
    stuck.length === 0 &&
    differences.length === 0 &&
    compared.beats > 0 &&
    compared.findings > 0 &&
    compared.alarms > 0
  )
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** The report in lines to read. */
export function describe(report: ChaosReport): string[] {
  const { disturbances, log, nonsense, compared } = report
  const nameOf = ({ how, kind }: { how: string; kind: string }): string => `${how} ${kind}`
  const table = [...new Set(disturbances.map(nameOf))].map((name) => {
    const each = disturbances.filter((disturbance) => nameOf(disturbance) === name)
    const ready = each.map(({ readyMs }) => readyMs)
    const pauses = each.map(({ ackPauseMs }) => ackPauseMs)
    return (
      `  ${name.padEnd(20)} ${String(each.length).padStart(3)} times, serves again after ${median(ready)} ms (median), ${Math.max(...ready)} ms (longest); ` +
      `no PUBACK for ${median(pauses)} ms (median), ${Math.max(...pauses)} ms (longest) around it`
    )
  })
  return [
    `${disturbances.filter(({ how }) => how === 'kill').length} kills, ${disturbances.filter(({ how }) => how === 'pause').length} hangs`,
    ...table.toSorted(),
    `load: published ${report.published}, sent again ${report.resent}; acknowledged in all ${report.acked}; records in telemetry ${log.records}`,
    `acknowledged and lost: ${log.lost}; in a gap: ${report.inGaps}; out of order: ${log.outOfOrder}`,
    `ledger ${JSON.stringify(report.ledger)}, difference ${report.ledgerDifference}`,
    `nonsense acknowledged ${nonsense.acked}, in quarantine ${nonsense.quarantined}`,
    `compared with the undisturbed run: ${compared.beats} beats, ${compared.findings} findings, ${compared.alarms} alarms: ${report.differences.length} differences`,
    ...report.differences.map((difference) => `  ${difference}`),
    `settled ${report.settledAfterMs} ms after the last message; partitions that stand still: ${report.stuck.length}`,
    ...report.stuck.map((line) => `  ${line}`),
    `processes that ended without being killed: ${JSON.stringify(report.crashes)}`,
  ]
}
