import { useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { useStation } from '../hooks.ts'

/** Something that is done on the server, one at a time, and what went wrong with it. */
export interface Acting {
  /** Does it, loads the ward anew, and tells whether it went well. */
  readonly act: (work: () => Promise<unknown>) => Promise<boolean>
  problem: string
  /** Says (or takes back) what is wrong before anything is sent. */
  readonly say: (problem: string) => void
  busy: boolean
}

export function useAct(): Acting {
  const station = useStation()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  return {
    problem,
    busy,
    say: setProblem,
    act: async (work) => {
      setBusy(true)
      try {
        await work()
        setProblem('')
        await station.reload()
        return true
      } catch (error) {
        setProblem(messageOf(error))
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
