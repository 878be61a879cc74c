import { useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { useStation } from '../hooks.ts'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'
import { useLoaded } from './use-loaded.ts'

type Chain = Answer<'GET /escalation-chains'>['chains'][number]

/** Whom alarms call that nobody acknowledges: chains with names, chosen for each patient. */
export function EscalationChains() {
  const station = useStation()
  const { data, problem, refresh } = useLoaded(() => station.api.call('GET /escalation-chains'))
  const [open, setOpen] = useState<string>()
  const usual = data?.usual
  return (
    <section aria-label="Escalation chains">
      <p>
        An alarm that nobody acknowledges calls the next of its chain after a while. Whoever is responsible for a
        patient in this shift is called first.
      </p>
      <Problem text={problem} />
      <ul class="cards">
        {usual && (
          <li>
            <h3>The usual one</h3>
            <p>{stepsText(usual)}</p>
            <p class="hint">
              Of every patient for whom no other is chosen. It came with Pulsewire and cannot be changed.
            </p>
          </li>
        )}
        {data?.chains.map((chain) => (
          <li key={chain.id}>
            <h3>{chain.name}</h3>
            <p>{stepsText(chain)}</p>
            <p class="hint">
              {chain.patients.length === 0 ? 'No patient follows it.' : `Followed by ${patientCount(chain.patients)}.`}
            </p>
            {open === chain.id ? (
              <ChainForm
                chain={chain}
                onDone={async () => {
                  setOpen(undefined)
                  await refresh()
                }}
              />
            ) : (
              <button type="button" onClick={() => setOpen(chain.id)}>
                Change {chain.name}
              </button>
            )}
          </li>
        ))}
      </ul>
      <h2>New chain</h2>
      <ChainForm onDone={refresh} />
    </section>
  )
}

/** "1 patient", "3 patients". */
function patientCount({ length }: readonly unknown[]): string {
  return length === 1 ? '1 patient' : `${length} patients`
}

function stepsText({ steps, afterS }: Pick<Chain, 'steps' | 'afterS'>): string {
  return `${steps.join(' → ')}; a step up after ${afterS.high} s for a high alarm, ${afterS.medium} s for a medium one`
}

function ChainForm({ chain, onDone }: { chain?: Chain; onDone: () => Promise<void> }) {
  const station = useStation()
  const { act, problem, say, busy } = useAct()
  const [name, setName] = useState(chain?.name ?? '')
  const [steps, setSteps] = useState((chain?.steps ?? []).join('\n'))
  const [high, setHigh] = useState(String(chain?.afterS.high ?? 60))
  const [medium, setMedium] = useState(String(chain?.afterS.medium ?? 300))
  const list = steps
    .split('\n')
    .map((step) => step.trim())
    .filter((step) => step !== '')
  const afterS = { high: Number(high), medium: Number(medium) }
  const [asked, setAsked] = useState(false)
  const save = async () => {
    if (list.length === 0) return say('A chain needs at least one step')
    // It changes whom alarms call that may ring already: said in words first.
    if (chain && chain.patients.length > 0 && !asked) return setAsked(true)
    const body = { name: name.trim(), steps: list, afterS }
    const done = await act(() =>
      chain
        ? station.api.call('PATCH /escalation-chains/{id}', {
            path: { id: chain.id },
            body: { ...body, version: chain.version },
          })
        : station.api.call('POST /escalation-chains', { body }),
    )
    setAsked(false)
    if (!done) return
    if (!chain) {
      setName('')
      setSteps('')
    }
    await onDone()
  }
  const remove = async (id: string) => {
    if (await act(() => station.api.call('DELETE /escalation-chains/{id}', { path: { id } }))) await onDone()
  }
  return (
    <form
      class="fields"
      aria-label={chain ? `Chain ${chain.name}` : 'New chain'}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <TextField label="Name" name="chain-name" required value={name} onText={setName} />
      <label>
        Who is called
        <textarea
          name="steps"
          rows={4}
          required
          value={steps}
          onInput={(event) => setSteps(event.currentTarget.value)}
        />
        <span class="hint">One a line, in their order: a role, a team or a user’s name.</span>
      </label>
      <TextField
        label="High alarms go up after, s"
        name="high"
        type="number"
        min={15}
        max={600}
        required
        value={high}
        onText={setHigh}
      />
      <TextField
        label="Medium alarms go up after, s"
        name="medium"
        type="number"
        min={60}
        max={3600}
        required
        value={medium}
        onText={setMedium}
      />
      {asked && chain && (
        <p class="confirm" role="alert">
          For {patientCount(chain.patients)}, at once: {stepsText({ steps: list, afterS })}. It was: {stepsText(chain)}.
        </p>
      )}
      <Problem text={problem} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          {asked ? 'Yes, change it' : chain ? 'Save' : 'Make chain'}
        </button>
        {chain && (
          <button type="button" onClick={() => void onDone()}>
            Leave
          </button>
        )}
        {chain && chain.patients.length === 0 && (
          <button type="button" disabled={busy} onClick={() => void remove(chain.id)}>
            Remove
          </button>
        )}
      </div>
    </form>
  )
}
