import { useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { type Annotation, CATEGORY_WORDS } from '../../../annotations/notes.ts'
import { dayAndMinute } from '../../../vitals/clock.ts'
import { useMayTreat, useStation } from '../../hooks.ts'

/** A note with who wrote it, what it said before, and what may be done: correct it, strike it out. */
export function NoteCard({ note }: { note: Annotation }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const [edited, setEdited] = useState<string | undefined>(undefined)
  const [isStriking, setStriking] = useState(false)
  const path = { id: note.patient, annotation: note.id }
  const act = async (what: () => Promise<unknown>) => {
    try {
      await what()
      setEdited(undefined)
      setStriking(false)
    } catch (error) {
      station.notice(`Not kept: ${messageOf(error)}`)
    }
  }
  const correct = (text: string) =>
    act(() =>
      station.api.call('PATCH /patients/{id}/annotations/{annotation}', {
        path,
        body: { version: note.version, text },
      }),
    )
  const strike = () =>
    act(() =>
      station.api.call('DELETE /patients/{id}/annotations/{annotation}', {
        path,
        query: { version: String(note.version) },
      }),
    )
  return (
    <article class={`note ${note.struck ? 'struck' : ''}`} data-note={note.id}>
      <p>
        {note.struck ? <s>{note.text}</s> : note.text}{' '}
        <span class="badge">{note.struck ? 'struck out' : CATEGORY_WORDS[note.category]}</span>
      </p>
      <p class="note-by">
        {note.by}, {dayAndMinute(note.enteredAt)}
        {note.until !== undefined && ` · until ${dayAndMinute(note.until)}`}
        {note.signal !== undefined && ` · ${note.signal}`}
      </p>
      {note.earlier.length > 0 && (
        <details>
          <summary>
            {note.earlier.length === 1 ? 'One earlier version' : `${note.earlier.length} earlier versions`}
          </summary>
          <ol>
            {note.earlier.map((before) => (
              <li key={before.version}>
                {before.text} <span class="note-by">({`${before.by}, ${dayAndMinute(before.enteredAt)}`})</span>
              </li>
            ))}
          </ol>
        </details>
      )}
      {mayTreat && note.struck !== true && edited === undefined && (
        <div class="card-actions">
          <button type="button" onClick={() => setEdited(note.text)}>
            Correct
          </button>
          {isStriking ? (
            <>
              <button type="button" onClick={() => void strike()}>
                Strike it out: it stays, marked as wrong
              </button>
              <button type="button" onClick={() => setStriking(false)}>
                Leave it
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setStriking(true)}>
              Strike out
            </button>
          )}
        </div>
      )}
      {edited !== undefined && (
        <form
          class="comment-form"
          aria-label="Correct the note"
          onSubmit={(event) => {
            event.preventDefault()
            if (edited.trim() !== '' && edited.trim() !== note.text) void correct(edited.trim())
          }}
        >
          <input
            aria-label="Corrected text"
            maxLength={2000}
            value={edited}
            onInput={(event) => setEdited(event.currentTarget.value)}
          />
          <button type="submit" disabled={edited.trim() === '' || edited.trim() === note.text}>
            Correct
          </button>
          <button type="button" onClick={() => setEdited(undefined)}>
            Leave it
          </button>
        </form>
      )}
    </article>
  )
}
