import { useState } from 'preact/hooks'
import { KIND_WORDS, type NewChannel } from './channels.tsx'

const KINDS = ['webhook', 'email', 'cap'] as const
type Kind = (typeof KINDS)[number]
const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text)

/** A new channel. What it does not ask for (patients, places, roles, CAP's areas) is set by the API. */
export function NewChannelForm({ onAdd }: { onAdd: (channel: NewChannel) => Promise<boolean> }) {
  const [kind, setKind] = useState<Kind>('webhook')
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [sender, setSender] = useState('')
  const [step, setStep] = useState(0)
  const add = async () => {
    const cap = { sender, status: 'Test', scope: 'Restricted', envelope: 'edxl-de' } as const
    const done = await onAdd({ kind, name, address, step, ...(kind === 'cap' ? { cap } : {}) })
    if (!done) return
    setName('')
    setAddress('')
  }
  return (
    <form
      class="row-form"
      aria-label="New channel"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <label>
        By
        <select
          name="kind"
          value={kind}
          onChange={(event) => isKind(event.currentTarget.value) && setKind(event.currentTarget.value)}
        >
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {KIND_WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Name
        <input name="channel-name" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        {kind === 'email' ? 'E-mail address' : 'Address (https://…)'}
        <input
          name="address"
          inputMode={kind === 'email' ? 'email' : 'url'}
          required
          value={address}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      {kind === 'cap' && (
        <label>
          Sender (as agreed with them)
          <input name="sender" required value={sender} onInput={(event) => setSender(event.currentTarget.value)} />
        </label>
      )}
      <label>
        Step of the chain (0 = at once)
        <input
          name="step"
          type="number"
          min={0}
          max={9}
          value={step}
          onInput={(event) => setStep(Number(event.currentTarget.value))}
        />
      </label>
      <button type="submit" class="primary">
        Add channel
      </button>
    </form>
  )
}
