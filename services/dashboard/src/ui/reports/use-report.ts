import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { type ReportQuery, readQuery, writeQuery } from '../../reports/query.ts'

/** What a report asks about, kept in the address, so that a link says the same. */
export function useReportQuery(
  section: string,
  fallbackDays: number,
): [query: ReportQuery, change: (query: ReportQuery) => void] {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const listen = () => setHash(location.hash)
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return [
    readQuery(hash, fallbackDays),
    (query) => {
      location.hash = `#/reports/${section}?${writeQuery(query)}`
    },
  ]
}

export interface Loaded<T> {
  readonly value: T | undefined
  readonly problem: string
  readonly busy: boolean
  /** Fetches it again. */
  readonly again: () => void
}

/** What `fetch` answers, fetched anew when `key` changes; the answer before stays in sight until then. */
export function useLoaded<T>(key: string, fetch: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(true)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    setBusy(true)
    fetch().then(
      (answer) => {
        if (!current) return
        setValue(answer)
        setProblem('')
        setBusy(false)
      },
      (error: unknown) => {
        if (!current) return
        setProblem(messageOf(error))
        setBusy(false)
      },
    )
    return () => {
      current = false
    }
  }, [key, turn])
  return { value, problem, busy, again: () => setTurn((count) => count + 1) }
}

/** The zone of this screen's clock. */
export const screenZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
