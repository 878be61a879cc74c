import { useEffect, useState } from 'preact/hooks'
import { instantText } from '../../admin/instants.ts'
import { troubleWords } from '../../admin/trouble-words.ts'
import { useStation } from '../hooks.ts'
import { Problem } from './problem.tsx'
import { useLoaded } from './use-loaded.ts'

const OLDEST_DAYS = 30
const SHOWN = 20

/** Counts how often the server said that there is something new wrong with the device. */
export function useTroubleCount(id: string): number {
  const station = useStation()
  const [count, setCount] = useState(0)
  useEffect(
    () =>
      station.onLive((message) => {
        // A stranger may be this device under a wrong name.
        if (message.type === 'status' && message.trouble === true) setCount((count) => count + 1)
      }),
    [station, id],
  )
  return count
}

/** What was wrong with what a device sent, and which messages never came, in plain words. */
export function DeviceTrouble({ id }: { id: string }) {
  const station = useStation()
  const count = useTroubleCount(id)
  const { data, problem } = useLoaded(async () => {
    const from = new Date(station.serverNow() - OLDEST_DAYS * 86_400_000).toISOString()
    const [{ trouble }, { quarantine }, { gaps }] = await Promise.all([
      station.api.call('GET /devices/{id}/trouble', { path: { id } }),
      station.api.call('GET /quarantine', { query: { device: id, from } }),
      station.api.call('GET /devices/{id}/gaps', { path: { id } }),
    ])
    // What is quarantined now is in both: by the store later.
    const stored = quarantine.map(({ receivedAt: at, code, detail, topic }) => ({
      at,
      what: 'quarantined' as const,
      code,
      detail,
      topic,
    }))
    const known = new Set(stored.map(({ at, code }) => `${at} ${code}`))
    const all = [...stored, ...trouble.filter(({ at, code }) => !known.has(`${at} ${code}`))]
    return { all: all.sort((a, b) => b.at - a.at), gaps }
  }, [id, count])
  const missing = data?.gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0) ?? 0
  return (
    <>
      <h3>What was wrong</h3>
      <Problem text={problem} />
      {data && data.all.length === 0 && <p>Nothing, in the last {OLDEST_DAYS} days.</p>}
      <ul class="trouble-list">
        {data?.all.slice(0, SHOWN).map((trouble) => (
          <li key={`${trouble.at} ${trouble.code} ${trouble.detail ?? ''}`}>
            <span class="when">{instantText(trouble.at)}</span> {troubleWords(trouble)} <code>{trouble.code}</code>
          </li>
        ))}
      </ul>
      {data && data.all.length > SHOWN && <p>… and {data.all.length - SHOWN} more.</p>}
      <h3>Messages that never came</h3>
      {missing === 0 ? (
        <p>None.</p>
      ) : (
        <>
          <p>
            {missing} {missing === 1 ? 'message' : 'messages'}, in {data?.gaps.length} gaps. They come later where the
            device still has them.
          </p>
          <ul class="trouble-list">
            {data?.gaps.slice(-SHOWN).map(({ boot, from, to }) => (
              <li key={`${boot} ${from}`}>
                {from === to ? `Message ${from}` : `Messages ${from} to ${to}`} of the power-on “{boot}”
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
