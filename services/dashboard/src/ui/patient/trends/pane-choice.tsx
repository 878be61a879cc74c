import { useState } from 'preact/hooks'
import type { TrendPane } from '../../../trend/panes.ts'

const KEY = 'pulsewire-trend-panes'

/** Which panes are shown; remembered on this screen. */
export function useChosenPanes(usual: readonly string[]): [readonly string[], (chosen: readonly string[]) => void] {
  const [chosen, setChosen] = useState<readonly string[]>(() => {
    const kept = localStorage.getItem(KEY)
    return kept === null ? usual : kept.split(',').filter((key) => key !== '')
  })
  return [
    chosen,
    (next) => {
      localStorage.setItem(KEY, next.join(','))
      setChosen(next)
    },
  ]
}

export function PaneChoice(props: {
  panes: readonly TrendPane[]
  chosen: readonly string[]
  choose: (chosen: readonly string[]) => void
}) {
  const { panes, chosen, choose } = props
  return (
    <fieldset class="pane-choice">
      <legend class="visually-hidden">What is shown</legend>
      {panes.map(({ key, title }) => (
        <label key={key} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(key)}
            onChange={({ currentTarget }) =>
              choose(currentTarget.checked ? [...chosen, key] : chosen.filter((other) => other !== key))
            }
          />
          {title}
        </label>
      ))}
    </fieldset>
  )
}
