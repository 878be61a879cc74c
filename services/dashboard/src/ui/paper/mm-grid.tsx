import { useId } from 'preact/hooks'
import { PX_PER_MM } from '../../waves/sweep.ts'

/** A grid of millimetres behind whatever it is put under. */
export function MmGrid() {
  const id = `grid-${useId()}`
  return (
    <svg class="mm-grid" aria-hidden="true">
      <defs>
        <pattern id={id} width={5 * PX_PER_MM} height={5 * PX_PER_MM} patternUnits="userSpaceOnUse">
          <g transform={`scale(${PX_PER_MM})`}>
            <path class="grid-fine" d="M1 0V5M2 0V5M3 0V5M4 0V5M0 1H5M0 2H5M0 3H5M0 4H5" />
            <path class="grid-big" d="M0 0V5M0 0H5" />
          </g>
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill={`url(#${id})`} />
    </svg>
  )
}
