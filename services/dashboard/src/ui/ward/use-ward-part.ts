import { useEffect, useState } from 'preact/hooks'
import { type WardPart, wardAddress, wardQuery } from './unit.ts'

const KEY = 'pulsewire-ward-part'

/** Which part of the ward is asked for: by the address; coming back without one (from a patient, with Esc), the part that was left. */
export function useWardPart(): WardPart {
  const [part, setPart] = useState(() =>
    wardQuery(location.hash.includes('?') ? location.hash : (sessionStorage.getItem(KEY) ?? '')),
  )
  useEffect(() => {
    const address = wardAddress(part)
    sessionStorage.setItem(KEY, address)
    if (location.hash !== address) history.replaceState(null, '', address)
  }, [part])
  useEffect(() => {
    const listen = () => setPart(wardQuery(location.hash))
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return part
}
