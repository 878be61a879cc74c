import { describe, expect, test } from 'vitest'
import { createWorkLimit } from './work-limit.ts'

describe('a limit on costly work', () => {
  test('runs so many at once, the others in their order, and refuses who would wait too long', async () => {
    const limit = createWorkLimit(2, 2)
    const log: string[] = []
    const releases: (() => void)[] = []
    const job = (name: string) =>
      limit.run(async () => {
        log.push(name)
        await new Promise<void>((resolve) => releases.push(resolve))
        return name
      })
    const results = ['a', 'b', 'c', 'd'].map(job)
    await expect(job('e')).rejects.toMatchObject({ code: 'PW_TOO_MANY_REQUESTS' })
    expect(log).toEqual(['a', 'b'])
    releases.shift()?.()
    await results[0]
    await expect.poll(() => log).toEqual(['a', 'b', 'c'])
    const all = Promise.all(results)
    await expect.poll(() => (releases.shift()?.(), log.length)).toBe(4)
    for (const release of releases.splice(0)) release()
    expect(await all).toEqual(['a', 'b', 'c', 'd'])
  })

  test('what fails gives its place on', async () => {
    const limit = createWorkLimit(1, 5)
    const failing = limit.run(() => Promise.reject(new Error('no')))
    const following = limit.run(() => Promise.resolve('yes'))
    await expect(failing).rejects.toThrow('no')
    expect(await following).toBe('yes')
    expect(await limit.run(() => Promise.resolve('again'))).toBe('again')
  })
})
