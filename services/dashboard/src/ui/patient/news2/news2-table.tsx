import { CONSCIOUSNESS } from '@pulsewire/contracts/vitals'
import {
  type News2Parameter,
  type News2Section,
  NEWS2_RESPONSES,
  news2Chart,
  news2Response,
  news2RowOf,
} from '@pulsewire/early-warning'
import { type News2Column, lackingText } from '../../../news2/observations.ts'
import { ageText } from '../../../vitals/age.ts'
import { dateText, minuteText } from '../../../vitals/clock.ts'

/** The observation chart of the Royal College of Physicians: a row a band in its colour, a column an observation, the score below. */
export function News2Table({ columns, spo2Scale }: { columns: readonly News2Column[]; spo2Scale: 1 | 2 }) {
  const [respirations, spo2, systolic, pulse, temperature] = news2Chart(spo2Scale)
  return (
    <div class="news2-scroll" tabIndex={0} role="region" aria-label="NEWS2 observation chart">
      <table class="news2">
        <caption>
          NEWS2 observation chart. Solid: observed since the column before. Grey, in brackets: carried on from earlier.
        </caption>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              Observed at
            </th>
            <th scope="col" class="points-head">
              Points
            </th>
            {columns.map(({ timeMs, by }, index) => (
              <th key={timeMs} scope="col" class="news2-time">
                {(index === 0 || dateText(timeMs) !== dateText(columns[index - 1]?.timeMs ?? 0)) && (
                  <span class="news2-day">{dateText(timeMs).slice(0, 6)}</span>
                )}
                {minuteText(timeMs)}
                {by !== undefined && (
                  <span class="news2-by" title={`entered by ${by}`}>
                    {by}
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        {respirations && <Section section={respirations} columns={columns} />}
        {spo2 && <Section section={spo2} columns={columns} />}
        <Words
          title="Air or oxygen"
          parameter="supplementalOxygen"
          rows={[
            { value: 0, label: 'Air', points: 0 },
            { value: 1, label: 'Oxygen', points: 2 },
          ]}
          columns={columns}
        />
        {systolic && <Section section={systolic} columns={columns} />}
        {pulse && <Section section={pulse} columns={columns} />}
        <Words
          title="Consciousness"
          parameter="consciousness"
          rows={CONSCIOUSNESS.map((level) => ({ value: level, label: LEVELS[level], points: level === 'A' ? 0 : 3 }))}
          columns={columns}
        />
        {temperature && <Section section={temperature} columns={columns} />}
        <tbody class="news2-total">
          <tr>
            <th scope="row" colSpan={3}>
              NEWS2 total
            </th>
            {columns.map(({ timeMs, score }) => (
              <td key={timeMs} class={`response-${news2Response(score).level} ${score.complete ? '' : 'partial'}`}>
                <strong>
                  {score.complete ? '' : '≥ '}
                  {score.score}
                </strong>
                {!score.complete && <span>partial</span>}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row" colSpan={3}>
              Asks for
            </th>
            {columns.map(({ timeMs, score }) => (
              <td key={timeMs} class="news2-response">
                {RESPONSE_WORDS[news2Response(score).level]}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row" colSpan={3}>
              Not known
            </th>
            {columns.map(({ timeMs, score }) => (
              <td key={timeMs} class="news2-lacking" title={lackingText(score, ageText)}>
                {[...score.missing, ...score.stale].map((parameter) => LETTERS[parameter]).join(' ')}
                <span class="visually-hidden">{lackingText(score, ageText)}</span>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

const LEVELS = {
  A: 'Alert',
  C: 'Confusion, new',
  V: 'Voice',
  P: 'Pain',
  U: 'Unresponsive',
} as const
const RESPONSE_WORDS = { low: 'low', 'low-medium': 'urgent', medium: 'urgent', high: 'EMERGENCY' } as const
const LETTERS: Readonly<Record<News2Parameter, string>> = {
  respirationRate: 'RR',
  spo2: 'SpO2',
  supplementalOxygen: 'O₂',
  systolic: 'BP',
  pulse: 'HR',
  consciousness: 'AVPU',
  temperature: 'T',
}

function Section({ section, columns }: { section: News2Section; columns: readonly News2Column[] }) {
  const { parameter, rows, step, title, unit } = section
  return (
    <tbody>
      {rows.map((row, index) => (
        <tr key={row.label} class={`points-${row.points}`}>
          {index === 0 && (
            <th scope="rowgroup" rowSpan={rows.length} class="news2-title">
              {title} <span class="unit">{unit}</span>
            </th>
          )}
          <th scope="row" class="news2-band">
            {row.label}
          </th>
          <td class="news2-points">{row.points === 0 ? '' : row.points}</td>
          {columns.map((column) => {
            const input = column.inputs[parameter]
            const isHere =
              input !== undefined &&
              !column.score.stale.includes(parameter) &&
              news2RowOf(section, input.value, column.inputs.supplementalOxygen?.value) === row
            return (
              <Cell key={column.timeMs} column={column} parameter={parameter}>
                {isHere ? input.value.toFixed(step === 1 ? 0 : 1) : undefined}
              </Cell>
            )
          })}
        </tr>
      ))}
    </tbody>
  )
}

interface WordRow {
  readonly value: number | string
  readonly label: string
  readonly points: number
}

function Words(props: {
  title: string
  parameter: 'supplementalOxygen' | 'consciousness'
  rows: readonly WordRow[]
  columns: readonly News2Column[]
}) {
  const { title, parameter, rows, columns } = props
  return (
    <tbody>
      {rows.map(({ value, label, points }, index) => (
        <tr key={label} class={`points-${points}`}>
          {index === 0 && (
            <th scope="rowgroup" rowSpan={rows.length} class="news2-title">
              {title}
            </th>
          )}
          <th scope="row" class="news2-band">
            {label}
          </th>
          <td class="news2-points">{points === 0 ? '' : points}</td>
          {columns.map((column) => {
            const input = column.inputs[parameter]
            const isHere = input?.value === value && !column.score.stale.includes(parameter)
            return (
              <Cell key={column.timeMs} column={column} parameter={parameter}>
                {isHere ? (parameter === 'consciousness' ? String(value) : '●') : undefined}
              </Cell>
            )
          })}
        </tr>
      ))}
    </tbody>
  )
}

function Cell(props: { column: News2Column; parameter: News2Parameter; children: string | undefined }) {
  const { column, parameter, children } = props
  if (children === undefined) return <td />
  const isFresh = column.fresh.has(parameter)
  return (
    <td>
      <span class={isFresh ? 'news2-value-dot' : 'news2-value-dot carried'}>
        {isFresh ? children : `(${children})`}
      </span>
    </td>
  )
}

/** What each band of the score asks for. */
export function News2Key() {
  return (
    <table class="news2-key">
      <caption>What the score asks for (Royal College of Physicians, 2017)</caption>
      <thead>
        <tr>
          <th scope="col">Score</th>
          <th scope="col">Response</th>
          <th scope="col">Observe</th>
        </tr>
      </thead>
      <tbody>
        {NEWS2_RESPONSES.map(({ title, level, what, howOften }) => (
          <tr key={title}>
            <th scope="row" class={`response-${level}`}>
              {title}
            </th>
            <td>{what}</td>
            <td>{howOften}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
