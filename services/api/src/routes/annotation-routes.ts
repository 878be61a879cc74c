import {
  annotationContent,
  annotationsOf,
  errorCodeOf,
  PulsewireError,
  type Annotation,
  type AnnotationVersion,
  type StaffCommand,
} from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { Answered } from '../http/answers.ts'
import { bodyInstant, rangeOf } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found, newId } from '../registry-writes.ts'
import { appendStaffCommand } from '../staff-command-log.ts'
import { staffHistory } from '../staff-history.ts'
import { withoutMissing } from '../without-missing.ts'
import { rangeParameters } from './series-shapes.ts'
import { annotationAnswer, patientId } from './shapes.ts'

const DEFAULT_SPAN_MS = 24 * 3_600_000
/** A note may lie so far ahead of our clock, ms. */
const AHEAD_MS = 60_000
const MOST = 50_000

const { text, category, signal } = annotationContent.shape
const annotationBody = z.strictObject({
  at: bodyInstant.optional().describe('the time in the record; default now'),
  until: bodyInstant.optional(),
  text,
  category: category.default('note'),
  signal,
})
const correction = z.strictObject({
  version: z.int().describe('that it corrects: refused (409) where it no longer stands there'),
  until: bodyInstant.nullable().optional(),
  text: text.optional(),
  category: category.optional(),
  signal: signal.nullable(),
})
const annotationId = patientId.extend({ annotation: patientId.shape.id })

type AnnotationAnswer = z.input<typeof annotationAnswer>

/** Notes of staff on the record. Nothing is ever taken away: a correction is a new version, a note that was wrong is struck out. */
export function annotationRoutes(context: ApiContext): Route[] {
  const { registry, now } = context
  const patientOf = (id: string): string => found(registry.state.patients.get(id), `patient ${id}`).entity.id

  return [
    route({
      method: 'GET',
      path: '/patients/:id/annotations',
      tag: 'patients',
      summary: 'Notes of staff that are about the range, those struck out too; default: the last day',
      access: 'read-ward',
      params: patientId,
      query: z.strictObject({ from: rangeParameters.from, to: rangeParameters.to }),
      response: z.object({
        patient: z.string(),
        from: z.number(),
        to: z.number(),
        annotations: z.array(annotationAnswer),
      }),
      handle: async ({ params, query }) => {
        const patient = patientOf(params.id)
        const range = rangeOf(query, now() + AHEAD_MS, DEFAULT_SPAN_MS)
        return { patient, ...range, annotations: (await annotationsIn(context, patient, range)).map(present) }
      },
    }),
    route({
      method: 'POST',
      path: '/patients/:id/annotations',
      tag: 'patients',
      summary: 'A note on a moment or a stretch of the record; 202 = safe, not yet heard by every reader',
      access: 'treat',
      params: patientId,
      status: 201,
      body: annotationBody,
      response: annotationAnswer,
      handle: async ({ params, body, call }) => {
        const patient = patientOf(params.id)
        const { at = now(), ...content } = body
        if (at > now() + AHEAD_MS) throw new PulsewireError('PW_REQUEST_INVALID', 'at: lies in the future')
        const id = annotationIdAt(at)
        return put(context, patient, call.session?.user ?? '', { id, version: 1, at, ...withoutMissing(content) })
      },
    }),
    route({
      method: 'PATCH',
      path: '/patients/:id/annotations/:annotation',
      tag: 'patients',
      summary: 'Correct a note: a new version, the one before is kept',
      access: 'treat',
      params: annotationId,
      body: correction,
      response: annotationAnswer,
      handle: async ({ params, body, call }) => {
        const patient = patientOf(params.id)
        const { version, ...changes } = body
        const standing = await standingAt(context, patient, params.annotation, version)
        return put(context, patient, call.session?.user ?? '', corrected(standing, changes))
      },
    }),
    route({
      method: 'DELETE',
      path: '/patients/:id/annotations/:annotation',
      tag: 'patients',
      summary: 'Strike a note out: it stays, with who struck it out and when',
      access: 'treat',
      params: annotationId,
      query: z.strictObject({
        version: z
          .string()
          .regex(/^\d{1,6}$/)
          .transform(Number),
      }),
      response: annotationAnswer,
      handle: async ({ params, query, call }) => {
        const patient = patientOf(params.id)
        const standing = await standingAt(context, patient, params.annotation, query.version)
        return put(context, patient, call.session?.user ?? '', { ...corrected(standing, {}), struck: true })
      },
    }),
  ]
}

/** An id begins with its time, base 36, so that a note is found without an index. */
function annotationIdAt(at: number): string {
  return `${at.toString(36)}-${newId()}`
}

function timeOfId(id: string): number | undefined {
  const [time] = id.split('-')
  const at = /^[0-9a-z]{1,10}$/.test(time ?? '') ? Number.parseInt(time ?? '', 36) : Number.NaN
  return Number.isSafeInteger(at) ? at : undefined
}

/** The notes that are about the range, as they stand. */
export async function annotationsIn(context: ApiContext, patient: string, range: TimeRange): Promise<Annotation[]> {
  const about = await commandsIn(context, patient, range)
  const commands = about.filter(({ annotation }) => annotation.at >= range.from)
  // Of a note that begins before the range other versions may end before it: with them it is seen as it stands.
  for (const at of new Set(about.map(({ annotation }) => annotation.at).filter((at) => at < range.from))) {
    const all = await commandsIn(context, patient, { from: at, to: at + 1 })
    commands.push(...all.filter(({ annotation }) => annotation.at === at))
  }
  return annotationsOf(commands).filter(({ at, until = at }) => at < range.to && until >= range.from)
}

type AnnotationCommand = Extract<StaffCommand, { type: 'annotation' }>

async function commandsIn(context: ApiContext, patient: string, range: TimeRange): Promise<AnnotationCommand[]> {
  const { commands, next } = await staffHistory(context, patient, range, { types: ['annotation'], limit: MOST })
  if (next !== undefined)
    throw new PulsewireError('PW_REQUEST_INVALID', `more than ${MOST} notes: ask for a shorter range`)
  return commands.filter((command) => command.type === 'annotation')
}

async function standingAt(context: ApiContext, patient: string, id: string, version: number): Promise<Annotation> {
  const at = timeOfId(id)
  const notes = at === undefined ? [] : await annotationsIn(context, patient, { from: at, to: at + 1 })
  const standing = found(
    notes.find((note) => note.id === id),
    `annotation ${id}`,
  )
  if (standing.version !== version) {
    throw new PulsewireError('PW_CONFLICT', `the note stands at version ${standing.version}, not ${version}`)
  }
  if (standing.struck === true) throw new PulsewireError('PW_CONFLICT', 'the note was struck out')
  return standing
}

type Changes = { readonly [K in keyof Omit<z.output<typeof correction>, 'version'>]: z.output<typeof correction>[K] }

/** The version that follows: what is missing stays, null is removed. */
function corrected(standing: Annotation, changes: Changes): AnnotationVersion {
  const { id, version, at } = standing
  const until = changes.until === undefined ? standing.until : (changes.until ?? undefined)
  const about = changes.signal === undefined ? standing.signal : (changes.signal ?? undefined)
  return {
    id,
    version: version + 1,
    at,
    text: changes.text ?? standing.text,
    category: changes.category ?? standing.category,
    ...withoutMissing({ until, signal: about }),
  }
}

/** Writes a version, and answers the note once it is heard; PW_CONFLICT where another version of the same number was first in the log. */
async function put(
  context: ApiContext,
  patient: string,
  by: string,
  annotation: AnnotationVersion,
): Promise<AnnotationAnswer | Answered<AnnotationAnswer>> {
  const { at, id, until, version } = annotation
  if (until !== undefined && until < at) throw new PulsewireError('PW_REQUEST_INVALID', 'until: lies before at')
  const command = await appendStaffCommand(context, { type: 'annotation', patient, by, annotation })
  const heard = await context.views.staff.learned(command.id, context.effectWithinMs)
  const asked = { ...annotation, patient, by, enteredAt: command.at, earlier: [] }
  if (!heard) return new Answered(202, asked)
  let commands: AnnotationCommand[]
  try {
    commands = await commandsIn(context, patient, { from: at, to: at + 1 })
  } catch (error) {
    // It is in the log; what came before it cannot be read now.
    if (errorCodeOf(error) === 'PW_STORE_UNAVAILABLE') return new Answered(202, asked)
    throw error
  }
  const ofNote = commands.filter((each) => each.annotation.id === id)
  const first = ofNote.find((each) => each.annotation.version === version)
  if (first?.id !== command.id) throw new PulsewireError('PW_CONFLICT', 'somebody else corrected the note first')
  const [note] = annotationsOf(ofNote)
  return present(found(note, `annotation ${id}`))
}

function present({ earlier, ...note }: Annotation): AnnotationAnswer {
  return { ...note, earlier: [...earlier] }
}
