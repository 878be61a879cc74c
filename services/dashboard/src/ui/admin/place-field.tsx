import { TextField } from './field.tsx'
import { useStation } from '../hooks.ts'
import { useLoaded } from './use-loaded.ts'

/** A place: a bed of the list, with who lies there said, or any words. */
export function PlaceField({ value, onText, own }: { value: string; onText: (text: string) => void; own?: string }) {
  const station = useStation()
  const { data } = useLoaded(() => station.api.call('GET /beds'))
  const beds = data?.beds ?? []
  const bed = beds.find(({ place }) => place === value.trim())
  const others = bed?.patients.filter(({ id }) => id !== own) ?? []
  const free = beds.filter(({ patients, notInUse }) => patients.length === 0 && notInUse === undefined)
  const warning =
    others.length > 0
      ? `${others.map(({ name }) => name).join(', ')} lies there`
      : bed?.notInUse === 'cleaning'
        ? 'This bed is being cleaned'
        : bed?.notInUse === 'closed'
          ? 'This bed is closed'
          : undefined
  return (
    <>
      <TextField
        label="Bed or place"
        name="place"
        list="free-beds"
        autocomplete="off"
        value={value}
        onText={onText}
        hint={warning}
      />
      <datalist id="free-beds">
        {free.map(({ id, place }) => (
          <option key={id} value={place} />
        ))}
      </datalist>
    </>
  )
}
