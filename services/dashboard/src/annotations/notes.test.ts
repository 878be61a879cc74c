import { describe, expect, it } from 'vitest'
import type { StaffCommand } from '../api/operations.ts'
import { type Annotation, notesWithin, withHeard } from './notes.ts'

const NOTE: Annotation = {
  id: 'n',
  version: 1,
  at: 1000,
  text: 'walks',
  category: 'activity',
  patient: 'p1',
  by: 'ann',
  enteredAt: 2000,
  earlier: [],
}
const heard = (annotation: object, by = 'ben'): StaffCommand => ({
  type: 'annotation',
  id: 'c',
  patient: 'p1',
  by,
  at: 3000,
  annotation: { id: 'n', version: 2, at: 1000, text: 'runs', category: 'activity', ...annotation },
})

describe('notes on a screen', () => {
  it('a new note is added, the next version takes the place of the one before and keeps it', () => {
    expect(withHeard([], heard({ version: 1 }))).toMatchObject([{ text: 'runs', by: 'ben', earlier: [] }])
    expect(withHeard([NOTE], heard({}))).toMatchObject([
      { version: 2, text: 'runs', by: 'ben', enteredAt: 3000, earlier: [{ version: 1, text: 'walks', by: 'ann' }] },
    ])
  })

  it('what is heard a second time, out of turn, or of what was struck out changes nothing', () => {
    const list = [NOTE]
    expect(withHeard(list, heard({ version: 1 }))).toBe(list)
    expect(withHeard(list, heard({ version: 3 }))).toBe(list)
    expect(withHeard([], heard({}))).toEqual([])
    const struck = [{ ...NOTE, struck: true as const }]
    expect(withHeard(struck, heard({}))).toBe(struck)
  })

  it('a stretch has the notes that overlap it; of one signal those about it, and about none', () => {
    const long = { ...NOTE, id: 'l', at: 0, until: 1500, signal: 'ecg.II' }
    const within = (range: Parameters<typeof notesWithin>[1]) => notesWithin([NOTE, long], range).map(({ id }) => id)
    expect(within({ from: 1200, to: 2000 })).toEqual(['l'])
    expect(within({ from: 500, to: 1001 })).toEqual(['l', 'n'])
    expect(within({ from: 0, to: 2000, signal: 'ppg' })).toEqual(['n'])
  })
})
