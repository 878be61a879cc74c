import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'

export interface Past<T> {
  /** What was answered last; kept while another range is asked for. */
  readonly value: T | undefined
  /** Of which key. */
  readonly key: string
  readonly problem: string
  readonly isLoading: boolean
  readonly again: () => void
}

/** What a page shows of the past: asked for when its key changes, or when it is asked for again. Older answers are ignored. */
export function usePast<T>(key: string, load: () => Promise<T>): Past<T> {
  const [answer, setAnswer] = useState<{ key: string; value: T } | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const [asked, setAsked] = useState(0)
  const [isLoading, setLoading] = useState(true)
  useEffect(() => {
    let isCurrent = true
    setLoading(true)
    load().then(
      (value) => {
        if (!isCurrent) return
        setAnswer({ key, value })
        setProblem('')
        setLoading(false)
      },
      (error: unknown) => {
        if (!isCurrent) return
        setProblem(messageOf(error))
        setLoading(false)
      },
    )
    return () => {
      isCurrent = false
    }
    // `load` is what the key says.
  }, [key, asked])
  return {
    value: answer?.value,
    key: answer?.key ?? '',
    problem,
    isLoading,
    again: () => setAsked((count) => count + 1),
  }
}
