import { z } from 'zod'
import { ANNOTATION_CATEGORIES } from './annotation-history.ts'
import { epochMs, id } from './messages.ts'
import { SIGNAL_PATTERN } from './signals.ts'

/** What a note says: of a moment, or of a stretch that ends at `until`. */
export const annotationContent = z.strictObject({
  at: epochMs.describe('the time in the record that it is about; a correction does not move it'),
  until: epochMs.optional(),
  text: z.string().trim().min(1).max(2000),
  category: z.enum(ANNOTATION_CATEGORIES),
  signal: z.string().regex(SIGNAL_PATTERN).optional().describe('the one signal that it is about'),
})

/** One version of a note, whole. The first is 1; the last may be struck out: it stays, and says so. */
export const annotationVersion = annotationContent
  .extend({ id, version: z.int().min(1), struck: z.literal(true).optional() })
  .refine(({ at, until }) => until === undefined || until >= at, { message: 'until must not lie before at' })
export type AnnotationVersion = z.infer<typeof annotationVersion>
