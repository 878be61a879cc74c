import { useState } from 'preact/hooks'
import { type ReportQuery, SPANS, dayOf, rangeOfQuery } from '../../reports/query.ts'
import { useStation } from '../hooks.ts'
import { UnitField } from './unit-field.tsx'

/** The stretch of time and the unit that a report is about. */
export function RangeChooser({ query, change }: { query: ReportQuery; change: (query: ReportQuery) => void }) {
  const station = useStation()
  const { from, to } = rangeOfQuery(query, station.serverNow())
  const [first, setFirst] = useState(query.from ?? dayOf(from))
  const [last, setLast] = useState(query.to ?? dayOf(to))
  const unit = query.unit === undefined ? {} : { unit: query.unit }
  return (
    <div class="report-tools">
      <div class="segmented" role="group" aria-label="Time">
        {SPANS.map((days) => (
          <button
            key={days}
            type="button"
            aria-pressed={query.from === undefined && query.days === days}
            onClick={() => change({ days, ...unit })}
          >
            {days === 1 ? '24 h' : `${days} days`}
          </button>
        ))}
      </div>
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (first <= last) change({ days: query.days, from: first, to: last, ...unit })
        }}
      >
        <label>
          From
          <input type="date" required value={first} onInput={(event) => setFirst(event.currentTarget.value)} />
        </label>
        <label>
          to
          <input
            type="date"
            required
            min={first}
            value={last}
            onInput={(event) => setLast(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={first > last}>
          Show
        </button>
      </form>
      <UnitField
        unit={query.unit}
        change={(chosen) => {
          const { unit: _old, ...rest } = query
          change(chosen === '' ? rest : { ...rest, unit: chosen })
        }}
      />
    </div>
  )
}
