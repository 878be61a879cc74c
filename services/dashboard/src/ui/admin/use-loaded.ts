import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { useWard } from '../hooks.ts'

export interface Loaded<T> {
  data: T | undefined
  problem: string
  /** Asks again. */
  readonly refresh: () => Promise<void>
}

/** What `load` answers: asked when the page opens, when one of `keys` changes, and when the server says that the registry has. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[] = []): Loaded<T> {
  const registry = useWard((state) => state.registry)
  const [data, setData] = useState<T>()
  const [problem, setProblem] = useState('')
  const refresh = async () => {
    try {
      const answer = await load()
      setData(() => answer)
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  useEffect(() => {
    // An answer that comes after a newer question is not shown.
    let current = true
    load().then(
      (answer) => {
        if (!current) return
        setData(() => answer)
        setProblem('')
      },
      (error: unknown) => {
        if (current) setProblem(messageOf(error))
      },
    )
    return () => {
      current = false
    }
  }, [registry, ...keys])
  return { data, problem, refresh }
}
