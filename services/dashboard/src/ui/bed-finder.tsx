import { useEffect, useRef, useState } from 'preact/hooks'
import { byBed, findBeds } from './ward/grid.ts'
import { toPatient, useWard } from './hooks.ts'

/** Digits or `/`: type a bed or a name, Enter goes there. */
export function BedFinder({ typed, onClose }: { typed: string; onClose: () => void }) {
  const patients = useWard((state) => state.patients)
  const [text, setText] = useState(typed)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    input.current?.focus()
    input.current?.setSelectionRange(typed.length, typed.length)
  }, [typed])
  const found = findBeds([...patients.values()].sort(byBed), text).slice(0, 8)
  return (
    <div class="finder" role="dialog" aria-label="Find a bed">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const first = found[0]
          if (first) location.hash = toPatient(first.id)
          onClose()
        }}
      >
        <label>
          Bed or name
          <input ref={input} value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" />
        </label>
      </form>
      <ul>
        {found.map((patient) => (
          <li key={patient.id}>
            <a href={toPatient(patient.id)} onClick={onClose}>
              <span class="bed">{patient.place ?? '–'}</span> {patient.name}
            </a>
          </li>
        ))}
        {found.length === 0 && <li>Nobody found</li>}
      </ul>
    </div>
  )
}
