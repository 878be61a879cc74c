import { useState } from 'preact/hooks'

const KEY = 'pulsewire-hidden-waves'

/** Names of waves that this screen does not show: kept in the browser, for all patients. */
export function useHiddenWaves(): readonly [ReadonlySet<string>, (hidden: ReadonlySet<string>) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set((localStorage.getItem(KEY) ?? '').split(' ')))
  return [
    hidden,
    (next) => {
      localStorage.setItem(KEY, [...next].join(' '))
      setHidden(next)
    },
  ]
}
