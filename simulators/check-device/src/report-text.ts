import type { DeviceReport } from './inspector.ts'
import { CHECKS, type CheckResult } from './verdicts.ts'

const MARKS: Readonly<Record<CheckResult['level'], string>> = {
  right: '  right   ',
  advice: '  advice  ',
  wrong: '  WRONG   ',
  'not-seen': '  –       ',
}

function lines(result: CheckResult): string[] {
  const times = result.right + result.advice + result.wrong
  const counted = result.level === 'wrong' ? ` (${result.wrong} of ${times})` : ''
  return [
    `${MARKS[result.level]}${CHECKS[result.check]}${counted}`,
    ...result.details.map((detail) => `            ${detail}`),
  ]
}

/** The report for somebody at a terminal. */
export function reportText(report: DeviceReport): string {
  const kinds = Object.entries(report.byKind)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
  const clock = report.clockOffsetMs === undefined ? 'unknown (no "sent")' : `${report.clockOffsetMs} ms behind receipt`
  return [
    `Device ${report.device}: ${report.ok ? 'right' : 'NOT RIGHT'}`,
    `  ${report.messages} messages (${kinds === '' ? 'none' : kinds}), ${report.connects} connections, ${report.boots} boots, ` +
      `${report.duplicates} sent again, ${report.missing} missing; clock: ${clock}`,
    ...report.checks.flatMap(lines),
  ].join('\n')
}
