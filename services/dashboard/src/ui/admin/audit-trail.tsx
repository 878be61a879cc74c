import { useEffect, useState } from 'preact/hooks'
import { actionWords, changeLines, targetWords, type AuditRow } from '../../admin/audit-words.ts'
import { instantText } from '../../admin/instants.ts'
import { messageOf } from '../../api/client.ts'
import { useStation, useWard } from '../hooks.ts'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'

const PAGE = 100

interface Found {
  rows: readonly AuditRow[]
  next: number | undefined
}

/** Who did what, when, and what it was before. */
export function AuditTrail() {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [wanted, setWanted] = useState({ by: '', what: '', from: '', to: '' })
  const [found, setFound] = useState<Found>()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const at = (local: string) => (local === '' ? undefined : new Date(local).toISOString())
  const query = {
    by: wanted.by.trim() || undefined,
    what: wanted.what.trim() || undefined,
    from: at(wanted.from),
    to: at(wanted.to),
  }
  const ask = async (before?: number) => {
    setBusy(true)
    try {
      const { audit, next } = await station.api.call('GET /audit', { query: { ...query, limit: String(PAGE), before } })
      setFound((known) => ({ rows: before === undefined ? audit : [...(known?.rows ?? []), ...audit], next }))
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  useEffect(() => void ask(), [])
  const field = (name: keyof typeof wanted, label: string, extra: { type?: 'datetime-local' } = {}) => (
    <TextField
      label={label}
      name={name}
      value={wanted[name]}
      onText={(text) => setWanted({ ...wanted, [name]: text })}
      {...extra}
    />
  )
  return (
    <section aria-label="Audit trail">
      <form
        class="row-form"
        aria-label="Find"
        onSubmit={(event) => {
          event.preventDefault()
          void ask()
        }}
      >
        {field('by', 'User')}
        {field('what', 'What (an id, a field, an action)')}
        {field('from', 'From', { type: 'datetime-local' })}
        {field('to', 'To', { type: 'datetime-local' })}
        <button type="submit" class="primary" disabled={busy}>
          Find
        </button>
        <CsvButton query={query} onProblem={setProblem} />
      </form>
      <Problem text={problem} />
      <div class="wide" role="region" aria-label="What was found" tabIndex={0}>
        <table class="audit">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Did</th>
              <th scope="col">Before → after</th>
            </tr>
          </thead>
          <tbody>
            {found?.rows.map((row) => (
              <tr key={row.offset}>
                <td class="when">{instantText(row.at)}</td>
                <td title={`from ${row.from}`}>{row.by}</td>
                <td title={row.action}>
                  {actionWords(row.action)} <span class="target">{named(targetWords(row), patients)}</span>
                  {row.failed !== undefined && <span class="warning"> in part only ({row.failed})</span>}
                </td>
                <td>
                  <ul>
                    {changeLines(row).map((line, index) => (
                      <li key={index}>{line}</li>
                    ))}
                  </ul>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {found?.rows.length === 0 && (
          <p class="none">{found.next === undefined ? 'Nothing.' : 'Nothing yet: look further back.'}</p>
        )}
      </div>
      {found?.next !== undefined && (
        <button type="button" disabled={busy} onClick={() => void ask(found.next)}>
          Further back
        </button>
      )}
    </section>
  )
}

/** A patient's id with the name. */
function named(target: string, patients: ReadonlyMap<string, { name: string }>): string {
  const name = patients.get(target)?.name
  return name === undefined ? target : `${name} (${target})`
}

/** All that was found, as a file. */
function CsvButton({
  query,
  onProblem,
}: {
  query: Readonly<Record<string, string | undefined>>
  onProblem: (text: string) => void
}) {
  const station = useStation()
  const save = async () => {
    const response = await fetch(station.api.url('GET /audit', { query }), { headers: { accept: 'text/csv' } })
    if (!response.ok) throw new Error(`The server answered ${response.status}`)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = 'audit.csv'
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <button type="button" onClick={() => void save().catch((error: unknown) => onProblem(messageOf(error)))}>
      As CSV
    </button>
  )
}
