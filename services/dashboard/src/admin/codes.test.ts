import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelText, parseCode } from './codes.ts'

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)

test('what a label holds leads back to what it is of, with whatever a scanner puts around it', () => {
  const kind = fc.constantFrom('device' as const, 'patient' as const)
  const around = fc.constantFrom('', ' ', '\r', '\u001d')
  const aim = fc.constantFrom('', ']Q1', ']C1', ']d2')
  fc.assert(
    fc.property(kind, id, aim, around, (kind, id, aim, after) => {
      expect(parseCode(`${aim}${labelText(kind, id)}${after}`)).toEqual({ kind, id })
    }),
  )
})

test('a plain id is an id of something, and GS1 recipients are patients', () => {
  fc.assert(
    fc.property(id, (id) => {
      fc.pre(!/^8018\d{18}$/.test(id))
      expect(parseCode(id)).toEqual({ kind: 'plain', id })
    }),
  )
  const gsrn = { kind: 'patient', id: '123456789012345678' }
  expect(parseCode(']C18018123456789012345678')).toEqual(gsrn)
  expect(parseCode('(8018)123456789012345678')).toEqual(gsrn)
})

test('anything else is no code, and nothing that is scanned makes it fail', () => {
  for (const text of [
    '',
    'pulsewire:',
    'pulsewire:bed:x',
    'pulsewire:device:',
    'pulsewire:device:a:b',
    'https://x',
    'a b',
  ]) {
    expect(parseCode(text)).toBeUndefined()
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const code = parseCode(text)
      if (code !== undefined) expect(code.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    }),
  )
})
