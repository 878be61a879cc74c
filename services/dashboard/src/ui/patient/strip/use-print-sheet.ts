import { type ComponentChild, render } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** What is printed instead of the page (the button, or the browser's own command); `undefined` = the page itself. */
export function usePrintSheet(sheet: ComponentChild | undefined): void {
  const place = useRef<HTMLDivElement | undefined>(undefined)
  useEffect(() => {
    if (sheet === undefined) return
    place.current ??= document.createElement('div')
    place.current.className = 'print-sheet'
    document.body.append(place.current)
    render(sheet, place.current)
  })
  useEffect(
    () => () => {
      if (!place.current) return
      render(null, place.current)
      place.current.remove()
    },
    [],
  )
}
