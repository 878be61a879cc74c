import type { Answer } from '../../api/client.ts'

/** What a device signs in with. */
export type Credential = Answer<'POST /devices'>['credential']

/** A command for a shell that sends one message of vitals, of this second, as the device. */
function firstMessage({ username, password }: Credential): string {
  return [
    `mosquitto_pub -h ${location.hostname} -p 1883 -i ${username} -u ${username} -P ${password} \\`,
    `  -q 1 -t bsn/v1/${username}/vitals \\`,
    `  -m '{"boot":"try-'$(date +%s)'","seq":1,"at":'$(date +%s000)',"vitals":{"heartRate":72,"spo2":98}}'`,
  ].join('\n')
}

/** A device's secret is told once; the server keeps only its hash. */
export function CredentialOnce({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  return (
    <div class="credential" role="status">
      <h3>Write this down: it is shown only once</h3>
      <dl>
        <dt>MQTT client id and user name</dt>
        <dd>
          <code>{credential.username}</code>
        </dd>
        <dt>MQTT password</dt>
        <dd>
          <code>{credential.password}</code>
        </dd>
        <dt>Publish vitals to</dt>
        <dd>
          <code>bsn/v1/{credential.username}/vitals</code>
        </dd>
        <dt>Publish waveforms to</dt>
        <dd>
          <code>bsn/v1/{credential.username}/waveform</code>
        </dd>
      </dl>
      <p>Then choose above who wears it. To see a first value, run this where Mosquitto’s clients are installed:</p>
      <pre tabIndex={0}>{firstMessage(credential)}</pre>
      <p>1883 is the MQTT port unless the station was started with another; 8883 is the one with TLS.</p>
      <button type="button" onClick={onClose}>
        I have written it down
      </button>
    </div>
  )
}
