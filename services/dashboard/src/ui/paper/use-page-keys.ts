import { useLayoutEffect } from 'preact/hooks'
import { areSingleKeysOn } from '../keys.ts'

/** Where keys mean something of their own. */
const FIELDS = 'input, textarea, select'

/**
 * Keys of a page, by `event.key`. What is typed into a field, or with a modifier, or while a dialog is open, is not the page's; characters only
 * where single keys are on (WCAG 2.1.4). `not` = where else a key means something of its own; `first` = before all others hear it.
 */
export function usePageKeys(
  keys: Readonly<Record<string, () => void>>,
  { not = '', first = false }: { readonly not?: string; readonly first?: boolean } = {},
): void {
  // Before the next key, not after the next drawing: keys come fast.
  useLayoutEffect(() => {
    const taken = not === '' ? FIELDS : `${FIELDS}, ${not}`
    const listen = (event: KeyboardEvent) => {
      const act = keys[event.key]
      const within = event.target instanceof HTMLElement && event.target.closest(taken) !== null
      if (act === undefined || within || event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector('dialog[open]') !== null || (event.key.length === 1 && !areSingleKeysOn())) return
      event.preventDefault()
      if (first) event.stopPropagation()
      act()
    }
    addEventListener('keydown', listen, first)
    return () => removeEventListener('keydown', listen, first)
  })
}
