import { describe, expect, it } from 'vitest'
import { createRecent } from './recent.ts'

describe('recent entries', () => {
  it('remembers so many at least, twice as many at most, and the last value of each', () => {
    const recent = createRecent<number>(10)
    for (let index = 0; index < 95; index++) {
      recent.set(`key ${index}`, index)
      for (let back = 0; back < 10 && back <= index; back++)
        expect(recent.get(`key ${index - back}`)).toBe(index - back)
      expect(recent.get(`key ${index - 20}`)).toBeUndefined()
    }
    recent.set('key 94', -1)
    expect(recent.get('key 94')).toBe(-1)
  })
})
