import { type Beat, BEAT_WORDS } from '../../../paper/marks.ts'

/** How many beats of each class there are, in its colour. */
export function BeatCounts({ beats }: { beats: readonly Beat[] }) {
  const counts = Object.entries(BEAT_WORDS).map(([kind, word]) => ({
    kind,
    word,
    count: beats.filter((beat) => beat[1] === kind).length,
  }))
  return (
    <ul class="beat-legend" aria-label="Beats of this hour">
      {counts
        .filter(({ count }) => count > 0)
        .map(({ kind, word, count }) => (
          <li key={kind}>
            <b class={`beat-${kind}`}>{kind}</b> {word} {count}
          </li>
        ))}
      {beats.length === 0 && <li>no beats found</li>}
    </ul>
  )
}
