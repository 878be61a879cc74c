import { useLayoutEffect } from 'preact/hooks'
import { FIELDS } from '../hand.ts'
import { areSingleKeysOn } from '../keys.ts'

/**
 * Keys of a page, by `event.key`. What is typed into a field, or with a modifier, or while a dialog is open, is not the page's; characters only
 * where single keys are on (WCAG 2.1.4). `not` = where else a key means something of its own; `first` = before all others hear it; `once` = a
 * key that is held counts once.
 */
export function usePageKeys(
  keys: Readonly<Record<string, () => void>>,
  {
    not = '',
    first = false,
    once = false,
  }: { readonly not?: string; readonly first?: boolean; readonly once?: boolean } = {},
): void {
  // Before the next key, not after the next drawing: keys come fast.
  useLayoutEffect(() => {
    const taken = not === '' ? FIELDS : `${FIELDS}, ${not}`
    const listen = (event: KeyboardEvent) => {
      const act = keys[event.key]
      const within = event.target instanceof HTMLElement && event.target.closest(taken) !== null
      if (act === undefined || within || (once && event.repeat) || event.ctrlKey || event.metaKey || event.altKey)
        return
      if (document.querySelector('dialog[open]') !== null || (event.key.length === 1 && !areSingleKeysOn())) return
      event.preventDefault()
      if (first) event.stopPropagation()
      act()
    }
    addEventListener('keydown', listen, first)
    return () => removeEventListener('keydown', listen, first)
  })
}
