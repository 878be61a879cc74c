import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../api/client.ts'
import { pushState, switchOff, switchOn, type PushState } from '../push/subscription.ts'
import { useStation } from './hooks.ts'

/** Switches notifications of alarms on this phone (or tablet, or desk) on and off. */
export function NotifyPhone() {
  const { api } = useStation()
  const [state, setState] = useState<PushState | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const look = async () => setState(await pushState())
  useEffect(() => void look(), [])
  const change = async (work: () => Promise<void>) => {
    try {
      await work()
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
    await look()
  }
  if (state === undefined) return null
  return (
    <div class="notify-phone">
      {state.kind === 'impossible' ? (
        <p>This device cannot be notified of alarms: {state.why}.</p>
      ) : (
        <label>
          <input
            type="checkbox"
            checked={state.kind === 'on'}
            onChange={(event) => void change(() => (event.currentTarget.checked ? switchOn(api) : switchOff(api)))}
          />
          Notify this device of alarms of high priority
        </label>
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
    </div>
  )
}
