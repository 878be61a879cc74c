import { useState } from 'preact/hooks'
import { mosquittoCommand, pythonProgram } from '../../admin/first-message.ts'
import type { Answer } from '../../api/client.ts'
import { useStation } from '../hooks.ts'
import { useLoaded } from './use-loaded.ts'

export type Credential = Answer<'POST /devices'>['credential']

const USUAL_PORT = 1883

/** A device's secret is told once; the server keeps only its hash. Beside it what a shell, or a program, needs to send as the device. */
export function CredentialOnce({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const station = useStation()
  const { data, problem } = useLoaded(() => station.api.call('GET /station'))
  const { username, password } = credential
  // A port that is not the station's own would cost a newcomer an hour: nothing is shown until it is known.
  const known = data !== undefined || problem !== ''
  const port = data?.mqttPort ?? USUAL_PORT
  const login = { host: location.hostname, port, device: username, password }
  const onlyHere = data?.host === '127.0.0.1' || data?.host === 'localhost' || data?.host === '::1'
  return (
    <div class="credential" role="status">
      <h3>Write this down: it is shown only once</h3>
      <dl>
        <dt>MQTT client id and user name</dt>
        <dd>
          <code>{username}</code>
        </dd>
        <dt>MQTT password</dt>
        <dd>
          <code>{password}</code> <Copy text={password} what="password" />
        </dd>
        <dt>Server and port</dt>
        <dd>
          <code>
            {location.hostname}:{known ? port : '…'}
          </code>
          {data?.mqttsPort !== undefined && ` (with TLS: ${data.mqttsPort})`}
        </dd>
        <dt>Publish vitals to</dt>
        <dd>
          <code>bsn/v1/{username}/vitals</code>
        </dd>
        <dt>Publish waveforms to</dt>
        <dd>
          <code>bsn/v1/{username}/waveform</code>
        </dd>
      </dl>
      {known && data?.mqttPort === undefined && (
        <p>The broker is not part of this station: ask who runs it for its address and port.</p>
      )}
      {onlyHere && (
        <p>This station listens on this computer alone. For devices elsewhere start it with PULSEWIRE_HOST=0.0.0.0.</p>
      )}
      {known && (
        <>
          <Example title="A first value, with Mosquitto’s client" text={mosquittoCommand(login)} what="command" />
          <details>
            <summary>The same in Python, each second</summary>
            <Example title="With paho-mqtt" text={pythonProgram(login)} what="program" />
          </details>
        </>
      )}
      <button type="button" onClick={onClose}>
        I have written it down
      </button>
    </div>
  )
}

function Example({ title, text, what }: { title: string; text: string; what: string }) {
  return (
    <div class="example">
      <p>
        {title} <Copy text={text} what={what} />
      </p>
      <pre tabIndex={0}>{text}</pre>
    </div>
  )
}

/** Copies a text; where the browser does not let a page do so (no TLS), the text can be marked with a click. */
function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('')
  if (!('clipboard' in navigator)) return null
  return (
    <button
      type="button"
      class="small"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setSaid('copied'),
          () => setSaid('mark it and copy by hand'),
        )
      }
    >
      Copy {what} {said !== '' && `(${said})`}
    </button>
  )
}
