import type { Alarm } from '@pulsewire/contracts'
import { groupAlarms } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect } from 'preact/hooks'
import { byUrgency, mostUrgent } from '../alarms/order.ts'
import type { WardState } from '../live/state.ts'
import { fieldOf, hand } from './hand.ts'
import { useStation } from './hooks.ts'

/** What the keys do, as the help says it. The handler below does it; for the waves of a patient `paper/use-page-keys.ts`. */
export const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['0–9', '/'], does: 'find a bed or a name; Enter goes there' },
  { keys: ['←', '→', '↑', '↓'], does: 'go from tile to tile; Enter opens the patient' },
  { keys: ['n'], does: 'go to the next alarm that nobody has acknowledged' },
  {
    keys: ['a'],
    does: 'acknowledge the selected alarm: of the tile or entry that has the focus, else the most urgent',
  },
  { keys: ['p'], does: 'pause the sound for two minutes' },
  { keys: ['Space'], does: 'at a patient: freeze the waves, and go on live' },
  { keys: ['c', 'm', 'Delete'], does: 'on frozen waves and strips: calipers, march out, remove' },
  { keys: ['Tab'], does: 'go through everything that can be pressed' },
  { keys: ['Esc'], does: 'close, or back to the ward' },
  { keys: ['?'], does: 'this help' },
]

const KEY = 'pulsewire-single-keys'

/** Whether keys without a modifier work: who speaks to the computer may want them off (WCAG 2.1.4). */
export function areSingleKeysOn(): boolean {
  return localStorage.getItem(KEY) !== 'off'
}

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off')
}

export interface KeyActions {
  readonly find: (typed: string) => void
  readonly help: () => void
  /** Esc, where nothing is open. */
  readonly back: () => void
  readonly nextAlarm: () => void
}

/**
 * What is selected by what has the focus: the alarms of that entry, those of the most urgent cause of that tile, else of the most urgent cause that
 * nobody has acknowledged.
 */
export function selectedAlarms(alarms: WardState['alarms'], focused: Element | null): readonly Alarm[] {
  const data = (name: string) => focused?.closest<HTMLElement>(`[data-${name}]`)?.dataset[name]
  const ofEntry = (data('alarm')?.split(' ') ?? []).flatMap((id) => alarms.get(id)?.alarm ?? [])
  if (ofEntry.length > 0) return ofEntry
  const open = [...alarms.values()].map((entry) => entry.alarm).filter(needsAcknowledgement)
  const ofTile = open.filter(({ patient }) => patient === data('patient'))
  const groups = groupAlarms(ofTile.length > 0 ? ofTile : open)
  const [first] = groups.sort((a, b) => byUrgency(mostUrgent(a), mostUrgent(b)))
  return first?.members ?? []
}

/** The keys of the whole screen. What is typed into a field is the field's; an open dialog has its own. */
export function useKeys(actions: KeyActions): void {
  const station = useStation()
  useEffect(() => {
    const single = (key: string): (() => void) | undefined => {
      if (key === '/' || /^\d$/.test(key)) return () => actions.find(key === '/' ? '' : key)
      if (key === '?') return actions.help
      if (key === 'n') return actions.nextAlarm
      if (key === 'p') return () => hand.does(() => void station.pauseSound())
      if (key !== 'a') return undefined
      return () => {
        // As the focus is at this moment: never what was selected a drawing ago, nor what is a moment later.
        const selected = selectedAlarms(station.store.state().alarms, document.activeElement)
        hand.does(() => {
          for (const alarm of selected.filter(needsAcknowledgement)) void station.acknowledge(alarm)
        })
      }
    }
    const listen = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open]')) return
      const field = fieldOf(event)
      if (event.key === 'Escape') {
        if (field) field.blur()
        else actions.back()
        return
      }
      if (field || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !areSingleKeysOn()) return
      const act = single(event.key)
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [station, actions])
}
