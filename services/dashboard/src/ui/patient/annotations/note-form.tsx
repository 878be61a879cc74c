import { ANNOTATION_CATEGORIES, type AnnotationCategory } from '@pulsewire/contracts/annotation-history'
import { useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { CATEGORY_WORDS } from '../../../annotations/notes.ts'
import { fieldText, fieldTime } from '../../../vitals/clock.ts'
import { useMayTreat, useStation } from '../../hooks.ts'

/** A new note: of now, of a time, or over a stretch. */
export function NoteForm({ patient, at }: { patient: string; at?: number }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [text, setText] = useState('')
  const [category, setCategory] = useState<AnnotationCategory>('note')
  const [from, setFrom] = useState(at === undefined ? '' : fieldText(at))
  const [until, setUntil] = useState('')
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState('')
  if (!mayTreat) return null
  const send = async () => {
    const [start, end] = [fieldTime(from), fieldTime(until)]
    try {
      await station.api.call('POST /patients/{id}/annotations', {
        path: { id: patient },
        body: {
          text: text.trim(),
          category,
          ...(start === undefined ? {} : { at: start }),
          ...(end === undefined ? {} : { until: end }),
        },
      })
      setText('')
      setUntil('')
      setProblem('')
      setSaid('Kept')
    } catch (error) {
      setProblem(`Not kept: ${messageOf(error)}`)
    }
  }
  return (
    <form
      class="note-form panel"
      aria-label="New note"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void send()
      }}
    >
      <label class="note-text">
        Note
        <input
          maxLength={2000}
          value={text}
          placeholder="What was seen or done"
          onInput={(event) => {
            setSaid('')
            setText(event.currentTarget.value)
          }}
        />
      </label>
      <label>
        Kind
        <select
          value={category}
          onChange={({ currentTarget: { value } }) =>
            setCategory(ANNOTATION_CATEGORIES.find((name) => name === value) ?? 'note')
          }
        >
          {ANNOTATION_CATEGORIES.map((name) => (
            <option key={name} value={name}>
              {CATEGORY_WORDS[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        From (empty: now)
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        Until (empty: a moment)
        <input type="datetime-local" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={text.trim() === ''}>
        Add note
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
      <p role="status">{said}</p>
    </form>
  )
}
