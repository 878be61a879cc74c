import { NUMERIC_VITALS, isNumericVital } from '@pulsewire/contracts/vitals'
import { useEffect, useState } from 'preact/hooks'
import { troubleWords } from '../../admin/trouble-words.ts'
import { ageText } from '../../vitals/age.ts'
import { useNow, useStation, useWard } from '../hooks.ts'
import { useTroubleCount } from './device-trouble.tsx'
import { useLoaded } from './use-loaded.ts'

interface Heard {
  at: number
  /** What it said, in words. */
  words: string
  messages: number
}

/** Listens to one device: the first message, what it said, or what is wrong with it. */
export function LiveCheck({ device, onHeard }: { device: string; onHeard?: () => void }) {
  const station = useStation()
  const now = useNow()
  const patients = useWard((state) => state.patients)
  const [heard, setHeard] = useState<Heard>()
  const [since] = useState(() => station.serverNow())
  const count = useTroubleCount(device)
  const { data } = useLoaded(async () => {
    const path = { id: device }
    const [{ trouble, strangers }, { patient }] = await Promise.all([
      station.api.call('GET /devices/{id}/trouble', { path }),
      station.api.call('GET /devices/{id}', { path }),
    ])
    return { trouble, strangers, patient }
  }, [device, count])
  useEffect(
    () =>
      station.onLive((message) => {
        if (message.type !== 'vitals' && message.type !== 'waveform') return
        if (message.device !== device) return
        // What we derive from its signals is not what it said.
        const words =
          message.type === 'vitals'
            ? Object.entries(message.vitals).flatMap(([code, value]) =>
                isNumericVital(code) ? [`${NUMERIC_VITALS[code].label} ${value}`] : [],
              )
            : message.signals.map(({ name, rateHz }) => `${name} at ${rateHz} Hz`)
        if (words.length === 0) return
        setHeard((known) => ({
          at: station.serverNow(),
          words: words.join(', '),
          messages: (known?.messages ?? 0) + 1,
        }))
      }),
    [station, device],
  )
  useEffect(() => {
    if (heard !== undefined) onHeard?.()
  }, [heard !== undefined])
  const newest = data?.trouble.find(({ at }) => at >= since - 60_000)
  const wrong = newest !== undefined && (heard === undefined || newest.at > heard.at) ? newest : undefined
  const stranger =
    heard === undefined && wrong === undefined ? data?.strangers.find(({ at }) => at >= since - 60_000) : undefined
  const wearer = data?.patient ? patients.get(data.patient) : undefined
  return (
    <div
      class={`live-check ${wrong || stranger ? 'wrong' : heard ? 'heard' : ''}`}
      role="status"
      aria-label={`Listening for ${device}`}
    >
      <p>
        {heard === undefined ? (
          <>
            Listening for <strong>{device}</strong> … {ageText(now - since)}
          </>
        ) : (
          <>
            ✓ <strong>{device}</strong> is heard: {heard.words} — {ageText(Math.max(0, now - heard.at))} ago,{' '}
            {heard.messages} {heard.messages === 1 ? 'message' : 'messages'}
            {wearer ? `, shown at ${wearer.name}` : ', worn by nobody: it shows nowhere yet'}.
          </>
        )}
      </p>
      {wrong && (
        <p>
          ✗ {troubleWords(wrong)} <span class="hint">{ageText(Math.max(0, now - wrong.at))} ago</span>
        </p>
      )}
      {stranger && (
        <p>
          ✗ Somebody tried to sign in as “{stranger.name}”, which is no device here: the user name must be “{device}”.
        </p>
      )}
      {heard === undefined && !wrong && !stranger && now - since > 20_000 && (
        <p class="hint">
          Nothing has reached the station. Does the command run where the station can be reached? Are host and port
          those that stand above? Is the topic bsn/v1/{device}/…?
        </p>
      )}
    </div>
  )
}
