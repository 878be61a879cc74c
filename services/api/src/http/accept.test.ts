import { expect, test } from 'vitest'
import { negotiate } from './accept.ts'

const offered = ['application/json', 'text/csv'] as const

test('without a wish, the first is given', () => {
  expect(negotiate(undefined, offered)).toBe('application/json')
  expect(negotiate('*/*', offered)).toBe('application/json')
})

test('weights and the most specific range decide', () => {
  expect(negotiate('text/csv', offered)).toBe('text/csv')
  expect(negotiate('text/*', offered)).toBe('text/csv')
  expect(negotiate('application/json;q=0.5, text/csv;q=0.9', offered)).toBe('text/csv')
  expect(negotiate('text/csv;q=0, */*', offered)).toBe('application/json')
})

test('what cannot be given is refused, with what there is', () => {
  expect(() => negotiate('image/png', offered)).toThrow('text/csv')
  expect(() => negotiate('text/csv;q=nonsense', offered)).toThrow()
})
