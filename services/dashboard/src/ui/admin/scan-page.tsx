import { useEffect, useRef, useState } from 'preact/hooks'
import { parseCode } from '../../admin/codes.ts'
import { createReader } from '../../admin/image-reader.ts'
import { EMPTY_SCAN, scanned, type Scan } from '../../admin/scan-flow.ts'
import { messageOf } from '../../api/client.ts'
import { fieldOf } from '../hand.ts'
import { toAdmin, toPatient, useStation } from '../hooks.ts'
import { Camera } from './camera.tsx'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

/** Says who wears what by scanning the device and the wristband: camera, hand-held scanner, picture or keyboard. */
export function ScanPage() {
  const station = useStation()
  const {
    data,
    problem: notLoaded,
    refresh,
  } = useLoaded(async () => {
    const [{ devices }, { patients }] = await Promise.all([
      station.api.call('GET /devices'),
      station.api.call('GET /patients'),
    ])
    return { devices, patients: new Map(patients.map((patient) => [patient.id, patient])) }
  })
  const { act, problem, say, busy } = useAct()
  const [scan, setScan] = useState<Scan>(EMPTY_SCAN)
  const [typed, setTyped] = useState('')
  const [camera, setCamera] = useState(false)
  const [undone, setUndone] = useState('')
  /** Scanned and not looked up yet: a nurse does not wait until the lists are loaded. */
  const [codes, setCodes] = useState<readonly string[]>([])
  const input = useRef<HTMLDivElement>(null)
  useScannerKeys(input)

  const wearerOf = (device: string) => data?.devices.find(({ id }) => id === device)?.patient ?? null
  const take = (text: string) => {
    say('')
    setUndone('')
    setCodes((waiting) => [...waiting, text])
  }
  useEffect(() => {
    if (data === undefined || codes.length === 0) return
    const known = {
      hasDevice: (id: string) => data.devices.some((device) => device.id === id),
      hasPatient: (id: string) => data.patients.has(id),
    }
    setScan((scan) => codes.reduce((after, text) => scanned(after, parseCode(text), text, known), scan))
    setCodes([])
  }, [data, codes])
  const readPicture = async (file: File) => {
    const picture = await createImageBitmap(file)
    const text = await (await createReader()).read(picture, picture.width, picture.height)
    if (text === undefined) say('There is no code in that picture')
    else take(text)
  }
  const wear = (device: string, patient: string) =>
    act(async () => {
      const before = wearerOf(device)
      const answer = await station.api.call('PUT /devices/{id}/patient', { path: { id: device }, body: { patient } })
      setScan({
        step: 'done',
        wearing: { device, patient, before },
        from: answer.history.at(-1)?.from ?? station.serverNow(),
      })
      await refresh()
    })
  const undo = ({ wearing, from }: Extract<Scan, { step: 'done' }>) =>
    act(async () => {
      // In the place of the entry that was just made.
      const body = { patient: wearing.before, from }
      await station.api.call('PUT /devices/{id}/patient', { path: { id: wearing.device }, body })
      setUndone(`Undone: ${wearing.device} is worn by ${name(wearing.before)}.`)
      setScan(EMPTY_SCAN)
      await refresh()
    })
  const name = (id: string | null) => {
    const patient = id === null ? undefined : data?.patients.get(id)
    if (!patient) return id ?? 'nobody'
    return patient.place === undefined ? patient.name : `${patient.name}, ${patient.place}`
  }
  return (
    <section aria-label="Scan">
      <ol class="steps">
        <li class={scan.step === 'scan' && scan.device === undefined ? 'next' : ''}>
          Device: <strong>{(scan.step === 'done' ? scan.wearing.device : scan.device) ?? 'scan its label'}</strong>
        </li>
        <li class={scan.step === 'scan' && scan.device !== undefined ? 'next' : ''}>
          Patient:{' '}
          <strong>
            {scan.step === 'done'
              ? name(scan.wearing.patient)
              : scan.patient
                ? name(scan.patient)
                : 'scan the wristband'}
          </strong>
        </li>
      </ol>
      {scan.step === 'confirm' && (
        <div class="confirm large" role="alertdialog" aria-label="Is that right?">
          <p>
            <strong>{scan.device}</strong> is worn by <strong>{name(scan.patient)}</strong> from now on
            {wearerOf(scan.device) === scan.patient
              ? ', as it is already.'
              : wearerOf(scan.device) === null
                ? '; nobody wore it.'
                : `; it was worn by ${name(wearerOf(scan.device))}.`}
          </p>
          {data?.patients.get(scan.patient)?.monitoring.state === 'discharged' && (
            <p class="warning">This patient is discharged: no alarm rings. Admit the patient again first.</p>
          )}
          <div class="buttons">
            <button type="button" class="primary" disabled={busy} onClick={() => void wear(scan.device, scan.patient)}>
              Yes, that is right
            </button>
            <button type="button" onClick={() => setScan(EMPTY_SCAN)}>
              No, begin again
            </button>
          </div>
        </div>
      )}
      {scan.step === 'done' && (
        <div class="done" role="status">
          <p>
            Done: {scan.wearing.device} is worn by {name(scan.wearing.patient)}.
          </p>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setScan(EMPTY_SCAN)}>
              Next device
            </button>
            <button type="button" disabled={busy} onClick={() => void undo(scan)}>
              Undo
            </button>
            <a href={toPatient(scan.wearing.patient)}>To the patient</a>
          </div>
        </div>
      )}
      <Problem text={notLoaded || problem || (scan.step !== 'done' && scan.problem) || ''} />
      <p role="status">{undone}</p>
      <div ref={input}>
        <form
          class="row-form"
          aria-label="Code"
          onSubmit={(event) => {
            event.preventDefault()
            if (typed.trim() !== '') take(typed)
            setTyped('')
          }}
        >
          <TextField
            label="Hand-held scanner, or type the id"
            name="code"
            autocomplete="off"
            value={typed}
            onText={setTyped}
          />
          <button type="submit">Take</button>
          <button type="button" aria-pressed={camera} onClick={() => setCamera(!camera)} disabled={!canSee()}>
            {camera ? 'Close the camera' : 'Use the camera'}
          </button>
          <label class="file">
            A picture
            <input
              type="file"
              accept="image/*"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0]
                if (file)
                  readPicture(file).catch((error: unknown) => say(`The picture cannot be read: ${messageOf(error)}`))
                event.currentTarget.value = ''
              }}
            />
          </label>
        </form>
      </div>
      {!canSee() && (
        <p class="hint">
          The camera works only over HTTPS, or on the station’s own computer. A hand-held scanner works everywhere.
        </p>
      )}
      {camera && (
        <Camera
          onCode={take}
          onProblem={(text) => {
            setCamera(false)
            say(text)
          }}
        />
      )}
      <p class="hint">
        Codes are on <a href={toAdmin('labels')}>labels that can be printed here</a>. Wristbands with a GS1-128
        recipient number or a plain patient id work too.
      </p>
    </section>
  )
}

/** Whether the browser lets this page ask for a camera at all. */
function canSee(): boolean {
  return isSecureContext && 'mediaDevices' in navigator
}

/**
 * A hand-held scanner types. Wherever the focus is, what it types goes into the field: its letters must not be taken for the screen's
 * keys (`a` would acknowledge an alarm).
 */
function useScannerKeys(box: { current: HTMLElement | null }): void {
  useEffect(() => {
    const field = () => box.current?.querySelector<HTMLInputElement>('input[name=code]')
    field()?.focus()
    const listen = (event: KeyboardEvent) => {
      if (
        fieldOf(event) !== null ||
        event.key.length !== 1 ||
        event.key === ' ' ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return
      event.stopImmediatePropagation()
      field()?.focus()
    }
    addEventListener('keydown', listen, { capture: true })
    return () => removeEventListener('keydown', listen, { capture: true })
  }, [box])
}
