import type { AlarmPriority } from '@pulsewire/contracts'
import { PriorityShape } from '../icons.tsx'
import { type WardPart, wardAddress } from './unit.ts'

export interface UnitFilterProps {
  readonly units: readonly string[]
  readonly part: WardPart
  readonly pages: number
  /** The most urgent alarm of a unit that nobody has acknowledged. */
  readonly urgent: ReadonlyMap<string, AlarmPriority>
}

/** Which unit, and which sixty-four of it, this screen shows. Not there where one screen shows all. */
export function UnitFilter({ units, part, pages, urgent }: UnitFilterProps) {
  if (units.length < 2 && pages < 2) return null
  const link = (to: WardPart, text: string, priority?: AlarmPriority) => (
    <li key={text}>
      <a
        href={wardAddress(to)}
        aria-current={to.unit === part.unit && to.page === part.page ? 'page' : undefined}
        class={priority === undefined ? '' : `alarm-${priority}`}
      >
        {priority && <PriorityShape priority={priority} />}
        {text}
        {priority && <span class="visually-hidden">, alarm of {priority} priority</span>}
      </a>
    </li>
  )
  return (
    <nav class="units" aria-label="Units">
      {units.length > 1 && (
        <ul>
          {link({ unit: undefined, page: part.unit === undefined ? part.page : 1 }, 'All')}
          {units.map((unit) => link({ unit, page: unit === part.unit ? part.page : 1 }, unit, urgent.get(unit)))}
        </ul>
      )}
      {pages > 1 && (
        <ul aria-label="Pages">
          {Array.from({ length: pages }, (_, index) =>
            link({ unit: part.unit, page: index + 1 }, `${index + 1} of ${pages}`),
          )}
        </ul>
      )}
    </nav>
  )
}
