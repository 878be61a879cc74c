import { useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { byBed } from '../ward/grid.ts'
import { toAdmin, useIsAdmin, useStation, useWard } from '../hooks.ts'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct, type Acting } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

type Bed = Answer<'GET /beds'>['beds'][number]

const USE_WORDS = { cleaning: 'being cleaned', closed: 'closed' } as const

/** The beds by unit: who lies where, which are free; patients are moved and swapped here. */
export function Beds() {
  const station = useStation()
  const admin = useIsAdmin()
  const monitored = useWard((state) => state.patients)
  const { data, problem: notLoaded, refresh } = useLoaded(() => station.api.call('GET /beds'), [monitored])
  const acting = useAct()
  const beds = [...(data?.beds ?? [])].sort((a, b) => byBed({ ...a, name: '' }, { ...b, name: '' }))
  const units = [...new Set(beds.map(({ unit }) => unit ?? ''))]
  const free = beds.filter(({ patients, notInUse }) => patients.length === 0 && notInUse === undefined)
  const act: Acting['act'] = async (work) => {
    const done = await acting.act(work)
    await refresh()
    return done
  }
  return (
    <section aria-label="Beds">
      <Problem text={notLoaded || acting.problem} />
      {beds.length > 0 && (
        <p>
          {free.length} of {beds.length} beds are free.
        </p>
      )}
      {data !== undefined && beds.length === 0 && (
        <p class="none">
          No beds yet. {admin ? 'Add them below;' : 'An administrator adds them;'} a patient’s place may also be any
          words.
        </p>
      )}
      {units.map((unit) => (
        <div key={unit} class="wide">
          {units.length > 1 && <h2>{unit === '' ? 'Without a unit' : unit}</h2>}
          <table class="beds">
            <thead>
              <tr>
                <th scope="col">Bed</th>
                <th scope="col">Who lies there</th>
                <th scope="col">Move to</th>
                <th scope="col">Use</th>
                {admin && (
                  <th scope="col">
                    <span class="visually-hidden">Change</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {beds
                .filter((bed) => (bed.unit ?? '') === unit)
                .map((bed) => (
                  <BedRow key={bed.id} bed={bed} beds={beds} act={act} admin={admin} />
                ))}
            </tbody>
          </table>
        </div>
      ))}
      {admin && (
        <>
          <h2>Add beds</h2>
          <NewBeds act={act} />
        </>
      )}
    </section>
  )
}

function BedRow({ bed, beds, act, admin }: { bed: Bed; beds: readonly Bed[]; act: Acting['act']; admin: boolean }) {
  const station = useStation()
  const [name, setName] = useState<string>()
  const [occupant] = bed.patients
  const move = (target: Bed) =>
    act(async () => {
      if (!occupant) return
      const [other] = target.patients
      if (other)
        await station.api.call('POST /patients/{id}/swap', { path: { id: occupant.id }, body: { with: other.id } })
      else await station.api.call('PATCH /patients/{id}', { path: { id: occupant.id }, body: { place: target.place } })
    })
  const use = (value: string) =>
    act(() =>
      station.api.call('PUT /beds/{id}/use', {
        path: { id: bed.id },
        body: { notInUse: value === 'cleaning' || value === 'closed' ? value : null },
      }),
    )
  const rename = () =>
    act(() =>
      station.api.call('PATCH /beds/{id}', {
        path: { id: bed.id },
        body: { name: name?.trim() ?? '', version: bed.version },
      }),
    )
  const targets = beds.filter((each) => each.id !== bed.id && each.notInUse === undefined)
  return (
    <tr class={bed.patients.length > 0 ? '' : 'free'}>
      <th scope="row">
        {name === undefined ? (
          bed.name
        ) : (
          <input
            aria-label={`New name of ${bed.place}`}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </th>
      <td>
        {bed.patients.map(({ id, name }) => (
          <a key={id} class="chip" href={toAdmin('patients', id)}>
            {name}
          </a>
        ))}
        {bed.patients.length > 1 && <span class="warning">{bed.patients.length} in one bed</span>}
        {bed.patients.length === 0 && (bed.notInUse === undefined ? 'free' : USE_WORDS[bed.notInUse])}
      </td>
      <td>
        {occupant && (
          <select
            aria-label={`Move ${occupant.name} to`}
            value=""
            onChange={(event) => {
              const target = targets.find(({ id }) => id === event.currentTarget.value)
              event.currentTarget.value = ''
              if (target) void move(target)
            }}
          >
            <option value="">…</option>
            {targets.map((target) => (
              <option key={target.id} value={target.id}>
                {target.place}
                {target.patients[0] ? `: swap with ${target.patients[0].name}` : ''}
              </option>
            ))}
          </select>
        )}
      </td>
      <td>
        <select
          aria-label={`Use of ${bed.place}`}
          value={bed.notInUse ?? ''}
          onChange={(event) => void use(event.currentTarget.value)}
        >
          <option value="">in use</option>
          <option value="cleaning">being cleaned</option>
          <option value="closed">closed</option>
        </select>
      </td>
      {admin && (
        <td>
          {name === undefined ? (
            <>
              <button type="button" class="small" onClick={() => setName(bed.name)}>
                Rename<span class="visually-hidden"> {bed.place}</span>
              </button>{' '}
              {bed.patients.length === 0 && (
                <button
                  type="button"
                  class="small"
                  onClick={() => void act(() => station.api.call('DELETE /beds/{id}', { path: { id: bed.id } }))}
                >
                  Remove<span class="visually-hidden"> {bed.place}</span>
                </button>
              )}
            </>
          ) : (
            <>
              <button
                type="button"
                class="small primary"
                onClick={() => void rename().then((done) => done && setName(undefined))}
              >
                Save
              </button>{' '}
              <button type="button" class="small" onClick={() => setName(undefined)}>
                Leave
              </button>
            </>
          )}
        </td>
      )}
    </tr>
  )
}

const MOST_AT_ONCE = 64

function NewBeds({ act }: { act: Acting['act'] }) {
  const station = useStation()
  const [unit, setUnit] = useState('')
  const [name, setName] = useState('Bed')
  const [count, setCount] = useState('1')
  const [first, setFirst] = useState('1')
  const many = Math.min(MOST_AT_ONCE, Math.max(1, Number(count) || 1))
  const names = Array.from({ length: many }, (_, index) => `${name.trim()} ${(Number(first) || 1) + index}`)
  const add = () =>
    act(async () => {
      for (const name of names) {
        const body = { name, ...(unit.trim() === '' ? {} : { unit: unit.trim() }) }
        await station.api.call('POST /beds', { body })
      }
    })
  return (
    <form
      class="row-form"
      aria-label="New beds"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <TextField label="Unit (optional)" name="unit" value={unit} onText={setUnit} />
      <TextField label="Name" name="bed-name" required value={name} onText={setName} />
      <TextField label="From number" name="first" type="number" min={1} value={first} onText={setFirst} />
      <TextField
        label="How many"
        name="count"
        type="number"
        min={1}
        max={MOST_AT_ONCE}
        value={count}
        onText={setCount}
      />
      <button type="submit" class="primary">
        Add {names.length === 1 ? names[0] : `${names[0]} to ${names.at(-1)}`}
      </button>
    </form>
  )
}
