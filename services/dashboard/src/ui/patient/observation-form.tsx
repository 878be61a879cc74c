import { CONSCIOUSNESS, NUMERIC_VITALS, type NumericVitalCode } from '@pulsewire/contracts/vitals'
import { useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { useMayTreat, useStation } from '../hooks.ts'

const LEVELS: Record<(typeof CONSCIOUSNESS)[number], string> = {
  A: 'Alert',
  C: 'New confusion',
  V: 'Responds to voice',
  P: 'Responds to pain',
  U: 'Unresponsive',
}
const MEASURED: readonly (readonly [NumericVitalCode, string])[] = [
  ['systolic', 'Cuff, systolic (mmHg)'],
  ['diastolic', 'Cuff, diastolic (mmHg)'],
  ['temperature', 'Temperature (°C)'],
  ['respirationRate', 'Respiration (/min)'],
  ['glucose', 'Glucose (mg/dL)'],
]

/** What staff saw or measured by hand: it feeds NEWS2 like what a device sends. */
export function ObservationForm({ patient }: { patient: string }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [values, setValues] = useState<Record<string, string>>({})
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState('')
  if (!mayTreat) return <p>Your role does not enter observations.</p>

  const set = (code: string) => (event: { currentTarget: { value: string } }) => {
    setSaid('')
    setValues({ ...values, [code]: event.currentTarget.value })
  }
  const send = async () => {
    const vitals: Record<string, string | number> = {}
    for (const [code, text] of Object.entries(values)) {
      if (text.trim() === '') continue
      vitals[code] = code === 'consciousness' ? text : Number(text.replace(',', '.'))
      if (Number.isNaN(vitals[code])) {
        setProblem(`“${text}” is not a number`)
        return
      }
    }
    if (Object.keys(vitals).length === 0) return
    try {
      await station.api.call('POST /patients/{id}/observations', { path: { id: patient }, body: { vitals } })
      setValues({})
      setProblem('')
      setSaid('Entered')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <form
      class="observations"
      aria-label="Observations"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <label>
        Consciousness
        <select value={values['consciousness'] ?? ''} onChange={set('consciousness')}>
          <option value="">not entered</option>
          {CONSCIOUSNESS.map((level) => (
            <option key={level} value={level}>
              {level} – {LEVELS[level]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Oxygen
        <select value={values['supplementalOxygen'] ?? ''} onChange={set('supplementalOxygen')}>
          <option value="">not entered</option>
          <option value="0">Room air</option>
          <option value="1">Supplemental oxygen</option>
        </select>
      </label>
      {MEASURED.map(([code, label]) => (
        <label key={code}>
          {label}
          <input
            inputMode="decimal"
            value={values[code] ?? ''}
            title={`${NUMERIC_VITALS[code].minimum} to ${NUMERIC_VITALS[code].maximum}`}
            onInput={set(code)}
          />
        </label>
      ))}
      <p class="problem" role="alert">
        {problem}
      </p>
      <p role="status">{said}</p>
      <button type="submit" class="primary">
        Enter
      </button>
    </form>
  )
}
