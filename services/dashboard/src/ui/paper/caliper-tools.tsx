import type { CaliperState } from './use-calipers.ts'

/** Buttons of the calipers. What they measure is said by `CaliperMeasure`. */
export function CaliperTools({ state }: { state: CaliperState }) {
  const isThere = state.calipers !== undefined
  return (
    <div class="caliper-tools" role="group" aria-label="Calipers">
      <button type="button" aria-pressed={isThere} onClick={isThere ? state.remove : state.place}>
        Calipers <kbd>c</kbd>
      </button>
      <button type="button" disabled={!isThere} aria-pressed={state.marching} onClick={state.march}>
        March out <kbd>m</kbd>
      </button>
    </div>
  )
}

/** What the calipers measure, also for who cannot see it. */
export function CaliperMeasure({ state }: { state: CaliperState }) {
  return <output class="measure">{state.text}</output>
}
