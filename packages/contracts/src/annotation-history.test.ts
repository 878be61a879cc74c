import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { annotationsOf } from './annotation-history.ts'
import type { AnnotationVersion } from './annotations.ts'
import type { StaffCommand } from './staff-commands.ts'

const T0 = Date.parse('2026-03-01T12:00:00Z')

function command(by: string, annotation: Partial<AnnotationVersion>): StaffCommand {
  return {
    type: 'annotation',
    id: `${by}-${annotation.version ?? 1}`,
    patient: 'p1',
    by,
    at: T0 + 60_000,
    annotation: { id: 'a', version: 1, at: T0, text: 'chest pain', category: 'symptom', ...annotation },
  }
}

describe('notes of staff', () => {
  it('a correction is the note as it stands, and what it said before is kept with who said it', () => {
    const [note, ...others] = annotationsOf([
      command('ann', {}),
      command('ben', { version: 2, text: 'chest pain, left arm' }),
    ])
    expect(others).toEqual([])
    expect(note).toMatchObject({ version: 2, text: 'chest pain, left arm', by: 'ben' })
    expect(note?.earlier).toMatchObject([{ version: 1, text: 'chest pain', by: 'ann' }])
  })

  it('of two corrections of one version the first in the log wins', () => {
    const notes = annotationsOf([
      command('ann', {}),
      command('ben', { version: 2, text: 'first' }),
      command('cid', { version: 2, text: 'second' }),
    ])
    expect(notes).toMatchObject([{ version: 2, text: 'first', by: 'ben' }])
  })

  it('nothing follows what was struck out, and nothing moves a note', () => {
    const struck = command('ben', { version: 2, struck: true })
    expect(annotationsOf([command('ann', {}), struck, command('cid', { version: 3 })])).toMatchObject([
      { version: 2, struck: true, by: 'ben', earlier: [{ by: 'ann' }] },
    ])
    expect(annotationsOf([command('ann', {}), command('ben', { version: 2, at: T0 + 1 })])).toMatchObject([
      { version: 1 },
    ])
  })

  it('every version that ever counted is still there, numbered without a hole, whatever was asked for', () => {
    const asked = fc.record({
      by: fc.constantFrom('ann', 'ben'),
      version: fc.integer({ min: 1, max: 4 }),
      struck: fc.constantFrom(undefined, true as const),
      id: fc.constantFrom('a', 'b'),
    })
    fc.assert(
      fc.property(fc.array(asked), (list) => {
        const commands = list.map(({ by, struck, ...rest }) =>
          command(by, { ...rest, ...(struck === undefined ? {} : { struck }) }),
        )
        for (const { version, earlier } of annotationsOf(commands)) {
          expect([...earlier.map((each) => each.version), version]).toEqual(
            Array.from({ length: version }, (_, index) => index + 1),
          )
          expect(earlier.some(({ struck }) => struck === true)).toBe(false)
        }
      }),
    )
  })
})
