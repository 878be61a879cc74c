import { signalLabel } from '../sweep.tsx'

/** Which waves are shown; says how many are not, so that nobody takes a hidden one for missing. */
export function WaveChoice(props: {
  signals: readonly string[]
  hidden: ReadonlySet<string>
  choose: (hidden: ReadonlySet<string>) => void
}) {
  const { signals, hidden } = props
  const missing = signals.filter((signal) => hidden.has(signal)).length
  const toggle = (signal: string) => {
    const next = new Set(hidden)
    if (!next.delete(signal)) next.add(signal)
    props.choose(next)
  }
  return (
    <details class="wave-choice">
      <summary>Waves{missing > 0 ? ` (${missing} hidden)` : ''}</summary>
      <fieldset>
        <legend class="visually-hidden">Waves that are shown</legend>
        {signals.map((signal) => (
          <label key={signal}>
            <input type="checkbox" checked={!hidden.has(signal)} onChange={() => toggle(signal)} />{' '}
            {signalLabel(signal)}
          </label>
        ))}
      </fieldset>
    </details>
  )
}
