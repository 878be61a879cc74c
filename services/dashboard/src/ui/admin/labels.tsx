import encodeQR from 'qr'
import { useState } from 'preact/hooks'
import { labelText } from '../../admin/codes.ts'
import { byBed } from '../ward/grid.ts'
import { useStation, useWard } from '../hooks.ts'
import { Problem } from './problem.tsx'
import { useLoaded } from './use-loaded.ts'

/** Labels for devices and wristbands: chosen, then printed. */
export function Labels() {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const { data, problem } = useLoaded(() => station.api.call('GET /devices'))
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const devices = (data?.devices ?? []).map(({ id, model }) => ({
    text: labelText('device', id),
    title: id,
    detail: model ?? 'device',
  }))
  const people = [...patients.values()]
    .filter(({ monitoring }) => monitoring.state !== 'discharged')
    .sort(byBed)
    .map(({ id, name, dateOfBirth }) => ({
      text: labelText('patient', id),
      title: name,
      detail: [dateOfBirth, id].filter(Boolean).join(' · '),
    }))
  const toggle = (text: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(text)
    else next.delete(text)
    setChosen(next)
  }
  const group = (title: string, list: typeof devices) => (
    <fieldset>
      <legend>{title}</legend>
      {list.map(({ text, title, detail }) => (
        <label key={text} class="check">
          <input
            type="checkbox"
            checked={chosen.has(text)}
            onChange={(event) => toggle(text, event.currentTarget.checked)}
          />
          {title} <span class="hint">{detail}</span>
        </label>
      ))}
      {list.length === 0 && <p class="none">None.</p>}
    </fieldset>
  )
  return (
    <section aria-label="Labels">
      <div class="choose">
        <p>
          A label holds nothing but what it is of: <code>pulsewire:device:ID</code> or <code>pulsewire:patient:ID</code>
          .
        </p>
        <Problem text={problem} />
        <div class="columns">
          {group('Devices', devices)}
          {group('Wristbands', people)}
        </div>
        <div class="buttons">
          <button type="button" onClick={() => setChosen(new Set([...devices, ...people].map(({ text }) => text)))}>
            All
          </button>
          <button type="button" class="primary" disabled={chosen.size === 0} onClick={() => print()}>
            Print {chosen.size} {chosen.size === 1 ? 'label' : 'labels'}
          </button>
        </div>
      </div>
      <ul class="labels" aria-label="Labels to print">
        {[...devices, ...people]
          .filter(({ text }) => chosen.has(text))
          .map(({ text, title, detail }) => (
            <li key={text}>
              <QrCode text={text} />
              <div>
                <strong>{title}</strong>
                <span>{detail}</span>
                <code>{text}</code>
              </div>
            </li>
          ))}
      </ul>
    </section>
  )
}

/** A QR code as one path: no image, no data address. */
export function QrCode({ text }: { text: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const squares = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label={`QR code ${text}`}
      shape-rendering="crispEdges"
    >
      <path class="qr-back" d={`M0 0h${rows.length}v${rows.length}h-${rows.length}z`} />
      <path class="qr-dark" d={squares.join('')} />
    </svg>
  )
}
