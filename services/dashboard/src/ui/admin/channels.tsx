import { useEffect, useState } from 'preact/hooks'
import type { Answer, Body } from '../../api/client.ts'
import { clockText } from '../../vitals/clock.ts'
import { useStation } from '../hooks.ts'
import { NewChannelForm } from './new-channel-form.tsx'
import { Problem } from './problem.tsx'
import { useAct } from './use-act.ts'

type Channel = Answer<'GET /channels'>['channels'][number]
type Delivery = Answer<'GET /deliveries'>['deliveries'][number]
export type NewChannel = Body<'POST /channels'>

export const KIND_WORDS: Readonly<Record<Channel['kind'], string>> = {
  webhook: 'Webhook',
  email: 'E-mail',
  'web-push': 'Phone',
  cap: 'Emergency services (CAP)',
}
const STATE_WORDS: Readonly<Record<Delivery['state'], string>> = {
  pending: 'waits',
  sent: 'sent, not confirmed yet',
  confirmed: 'confirmed',
  failed: 'failed',
  withdrawn: 'not needed any more',
  closed: 'sent; the alarm was over before it was confirmed',
}

/** Where alarms are told besides the screens: list, add, try, switch off; and what came of the last messages. */
export function Channels() {
  const { api } = useStation()
  const { act, problem } = useAct()
  const [channels, setChannels] = useState<readonly Channel[]>([])
  const [deliveries, setDeliveries] = useState<readonly Delivery[]>([])
  const [secret, setSecret] = useState('')
  const [tested, setTested] = useState<Readonly<Record<string, string>>>({})

  const refresh = async () => {
    const [listed, delivered] = await Promise.all([api.call('GET /channels'), api.call('GET /deliveries')])
    setChannels(listed.channels)
    setDeliveries(delivered.deliveries)
  }
  useEffect(() => void act(refresh), [])
  const change = (work: () => Promise<unknown>) =>
    act(async () => {
      await work()
      await refresh()
    })
  const test = async (id: string) => {
    setTested({ ...tested, [id]: 'is tried …' })
    const went = await change(async () => {
      const { delivery } = await api.call('POST /channels/{id}/test', { path: { id }, body: {} })
      setTested({
        ...tested,
        [id]: delivery === undefined ? 'nobody answers: does the notifier run?' : outcomeOf(delivery),
      })
    })
    if (!went) setTested({ ...tested, [id]: '' })
  }
  return (
    <section aria-label="Where alarms are told">
      <h2>Where alarms are told</h2>
      <Problem text={problem} />
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">By</th>
            <th scope="col">To</th>
            <th scope="col">When</th>
            <th scope="col">Last</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => (
            <tr key={channel.id}>
              <td>{channel.name}</td>
              <td>{KIND_WORDS[channel.kind]}</td>
              <td>{channel.address}</td>
              <td>{whenOf(channel)}</td>
              <td>{tested[channel.id] || lastOf(channel, deliveries)}</td>
              <td>
                <button type="button" onClick={() => void test(channel.id)}>
                  Try
                </button>{' '}
                <button
                  type="button"
                  onClick={() =>
                    void change(() =>
                      api.call('PATCH /channels/{id}', {
                        path: { id: channel.id },
                        body: { disabled: channel.disabled !== true },
                      }),
                    )
                  }
                >
                  {channel.disabled ? 'Switch on' : 'Switch off'}
                </button>{' '}
                <button
                  type="button"
                  onClick={() => void change(() => api.call('DELETE /channels/{id}', { path: { id: channel.id } }))}
                >
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <NewChannelForm
        onAdd={(channel) =>
          change(async () => {
            const made = await api.call('POST /channels', { body: channel })
            setSecret(made.secret ?? '')
          })
        }
      />
      {secret !== '' && (
        <div class="credential" role="status">
          <h3>Write this down: it is shown only once</h3>
          <p>
            The receiver checks with it that a message is from here: <code>{secret}</code>
          </p>
          <button type="button" onClick={() => setSecret('')}>
            I have written it down
          </button>
        </div>
      )}
    </section>
  )
}

function whenOf({ step, priorities, disabled }: Channel): string {
  if (disabled) return 'switched off'
  return `${step === 0 ? 'at once' : `step ${step}`}: ${priorities.join(', ')}`
}

function outcomeOf({ state, error }: Delivery): string {
  return `${STATE_WORDS[state]}${error === undefined ? '' : `: ${error}`}`
}

function lastOf({ id }: Channel, deliveries: readonly Delivery[]): string {
  const last = deliveries.find(({ channel }) => channel === id)
  return last === undefined ? 'nothing today' : `${clockText(last.sentAt ?? last.createdAt)} ${outcomeOf(last)}`
}
