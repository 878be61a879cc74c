import type { AnnotationVersion } from './annotations.ts'
import type { StaffCommand } from './staff-commands.ts'

/** What a note is about. */
export const ANNOTATION_CATEGORIES = [
  'note',
  'symptom',
  'medication',
  'procedure',
  'activity',
  'rhythm',
  'artefact',
] as const
export type AnnotationCategory = (typeof ANNOTATION_CATEGORIES)[number]

/** A version with who wrote it and when. */
export interface SignedVersion extends AnnotationVersion {
  readonly by: string
  readonly enteredAt: number
}

/** A note as it stands, with what it said before, oldest first. */
export interface Annotation extends SignedVersion {
  readonly patient: string
  readonly earlier: readonly SignedVersion[]
}

/**
 * The notes that commands, in the order of the log, add up to. A version counts where it follows the one before it, at the same time of the
 * record, and that one was not struck out: of two corrections of one version the first in the log wins, for every reader.
 */
export function annotationsOf(commands: Iterable<StaffCommand>): Annotation[] {
  const notes = new Map<string, Annotation>()
  for (const command of commands) {
    if (command.type !== 'annotation') continue
    const { patient, by, at: enteredAt, annotation } = command
    const known = notes.get(annotation.id)
    if (!follows(known, annotation)) continue
    const earlier = known === undefined ? [] : [...known.earlier, signedOf(known)]
    notes.set(annotation.id, { ...annotation, patient, by, enteredAt, earlier })
  }
  return [...notes.values()].sort((a, b) => a.at - b.at || a.enteredAt - b.enteredAt)
}

function follows(known: Annotation | undefined, next: AnnotationVersion): boolean {
  if (known === undefined) return next.version === 1
  return known.struck !== true && next.version === known.version + 1 && next.at === known.at
}

function signedOf({ patient: _patient, earlier: _earlier, ...version }: Annotation): SignedVersion {
  return version
}
