import type { AlarmPriority } from '@pulsewire/contracts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useStation } from './hooks.ts'
import { PriorityShape } from './icons.tsx'
import { KEYS, areSingleKeysOn, setSingleKeys } from './keys.ts'

const PRIORITIES: readonly { readonly priority: AlarmPriority; readonly means: string; readonly sounds: string }[] = [
  { priority: 'high', means: 'act at once', sounds: '3 + 2 pulses, twice; flashes fast' },
  { priority: 'medium', means: 'act soon', sounds: '3 pulses; flashes slowly' },
  { priority: 'low', means: 'take note', sounds: '2 pulses; steady' },
]

/** `?`: the keys, the signs, and each alarm sound to be heard. */
export function Help({ onClose }: { onClose: () => void }) {
  const { player } = useStation()
  const dialog = useRef<HTMLDialogElement>(null)
  const [single, setSingle] = useState(areSingleKeysOn())
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <div class="help-head">
        <h2 id="help-title">Keys, signs and sounds</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close <kbd>Esc</kbd>
        </button>
      </div>
      <table>
        <caption class="visually-hidden">Keys</caption>
        <tbody>
          {KEYS.map(({ keys, does }) => (
            <tr key={does}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input
          type="checkbox"
          checked={single}
          onChange={({ currentTarget }) => {
            setSingleKeys(currentTarget.checked)
            setSingle(currentTarget.checked)
          }}
        />
        Single keys work on this screen
      </label>
      <h3>Alarms</h3>
      <table>
        <caption class="visually-hidden">Alarm priorities</caption>
        <tbody>
          {PRIORITIES.map(({ priority, means, sounds }) => (
            <tr key={priority}>
              <th scope="row">
                <PriorityShape priority={priority} /> {priority}
              </th>
              <td>
                {means}: {sounds}
              </td>
              <td>
                <button
                  type="button"
                  onClick={() => void player.enable().then((rings) => rings && player.play(priority))}
                >
                  Hear it<span class="visually-hidden">: {priority}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        Filled: nobody has acknowledged it. Framed: somebody has. Grey with a time: the value is old. <b>– –</b>: there
        is none, and why. The waves stand 1.5 s behind.
      </p>
    </dialog>
  )
}
