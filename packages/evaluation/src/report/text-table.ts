import type { Row } from './rows.ts'

/** The rows as a table of Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const cell = (text: string | undefined): string => (text ?? '').replaceAll('|', '\\|')
  const verdict = (met: boolean | undefined): string => (met === undefined ? '' : met ? 'yes' : '**no**')
  const head = ['what', 'on', 'reached (95 % interval)', 'tuned on', 'held out', 'goal', 'met', 'to beat', 'notes']
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- |').join('')}`,
    ...rows.map(
      ({ what, on, reached, tuned, heldOut, goal, met, toBeat, note }) =>
        `| ${[what, on, reached, tuned, heldOut, goal, verdict(met), toBeat, note].map(cell).join(' | ')} |`,
    ),
  ].join('\n')
}
