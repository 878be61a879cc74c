import { BEAT_WORDS } from '../../../paper/marks.ts'

/** What the letters over the beats mean, and the numbers between them. */
export function BeatLegend() {
  return (
    <ul class="beat-legend" aria-label="Letters at the beats">
      {Object.entries(BEAT_WORDS).map(([kind, word]) => (
        <li key={kind}>
          <b class={`beat-${kind}`}>{kind}</b> {word}
        </li>
      ))}
      <li>between them the RR interval, ms</li>
      <li>hatched: not read by the analysis</li>
    </ul>
  )
}
