import { useState } from 'preact/hooks'
import { useStation } from '../../hooks.ts'

/** The strip's address, to be given to a colleague: who is signed in, or signs in, sees the same. */
export function StripLink({ address }: { address: string }) {
  const station = useStation()
  const [shown, setShown] = useState(false)
  const url = new URL(address, location.href).href
  const copy = async () => {
    setShown(true)
    try {
      // Only where the page came over TLS, or from this machine.
      await navigator.clipboard?.writeText(url)
    } catch (error) {
      station.notice(`Not copied, copy it by hand: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return (
    <span class="strip-link">
      <button type="button" onClick={() => void copy()}>
        Link
      </button>
      {shown && (
        <input
          readOnly
          aria-label="Address of this strip"
          value={url}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </span>
  )
}
