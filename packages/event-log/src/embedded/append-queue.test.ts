import type { LogTopic } from '@pulsewire/contracts'
import { describe, expect, test, vi } from 'vitest'
import { createAppendQueue, type AppendQueue, type AppendQueueOptions, type PendingRecord } from './append-queue.ts'
import type { Frame } from './group-codec.ts'

interface Commit {
  readonly topic: LogTopic
  readonly texts: string[]
  finish(): void
  fail(error: Error): void
}

/** A queue whose commits are finished by hand. */
function manualQueue(options: Partial<AppendQueueOptions> = {}): { queue: AppendQueue; commits: Commit[] } {
  const commits: Commit[] = []
  let next = 0
  const queue = createAppendQueue({
    windowMs: 5,
    rushBytes: 1_000,
    maxBytes: 100,
    commit: (topic: LogTopic, _partition: number, frames: readonly Frame[]) =>
      new Promise((resolve, reject) => {
        commits.push({
          topic,
          texts: frames.map(String),
          finish: () => resolve(frames.map(() => next++)),
          fail: reject,
        })
      }),
    ...options,
  })
  return { queue, commits }
}

const records = (...texts: string[]): PendingRecord[] =>
  texts.map((text) => ({ topic: 'audit', partition: 0, frame: Buffer.from(text) }))

describe('append queue', () => {
  test('appends of one turn share a commit; what comes while it runs makes the next one', async () => {
    const { queue, commits } = manualQueue()
    const first = [queue.append(1, () => records('a')), queue.append(1, () => records('b', 'c'))]
    await vi.waitFor(() => expect(commits).toHaveLength(1))
    const second = queue.append(1, () => records('d'))
    commits[0]?.finish()
    expect((await Promise.all(first)).flat().map((p) => p.offset)).toEqual([0, 1, 2])
    await vi.waitFor(() => expect(commits).toHaveLength(2))
    commits[1]?.finish()
    expect(await second).toEqual([{ topic: 'audit', partition: 0, offset: 3 }])
    expect(commits.map((commit) => commit.texts)).toEqual([['a', 'b', 'c'], ['d']])
  })

  test('bounded: beyond maxBytes appends wait and are not even encoded, then go in the order of the calls', async () => {
    const { queue, commits } = manualQueue()
    const encoded: string[] = []
    const calls = ['a', 'b', 'c', 'd'].map((name) =>
      queue.append(60, () => {
        encoded.push(name)
        return records(name)
      }),
    )
    await vi.waitFor(() => expect(commits).toHaveLength(1))
    expect(encoded).toEqual(['a'])
    expect(queue.pendingBytes).toBe(60)
    for (let index = 0; index < 4; index++) {
      await vi.waitFor(() => expect(commits).toHaveLength(index + 1))
      expect(queue.pendingBytes).toBeLessThanOrEqual(100)
      commits[index]?.finish()
    }
    expect((await Promise.all(calls)).flat().map((p) => p.offset)).toEqual([0, 1, 2, 3])
    expect(encoded).toEqual(['a', 'b', 'c', 'd'])
  })

  test('a failed commit rejects its own appends only', async () => {
    const { queue, commits } = manualQueue()
    const lost = queue.append(10, () => records('a'))
    const kept = queue.append(10, () => [{ topic: 'alarms', partition: 0, frame: Buffer.from('b') }])
    await vi.waitFor(() => expect(commits).toHaveLength(2))
    commits[0]?.fail(new Error('disk'))
    commits[1]?.finish()
    await expect(lost).rejects.toThrow('disk')
    expect(await kept).toHaveLength(1)
    const later = queue.append(10, () => records('c'))
    await vi.waitFor(() => expect(commits).toHaveLength(3))
    commits[2]?.finish()
    expect(await later).toHaveLength(1)
    expect(queue.pendingBytes).toBe(0)
  })

  test('an encoder that throws rejects its own append only', async () => {
    const { queue, commits } = manualQueue()
    const broken = queue.append(10, () => {
      throw new Error('no such record')
    })
    await expect(broken).rejects.toThrow('no such record')
    const fine = queue.append(10, () => records('a'))
    await vi.waitFor(() => expect(commits).toHaveLength(1))
    commits[0]?.finish()
    expect(await fine).toHaveLength(1)
  })

  test('close waits for all that was taken in or waits', async () => {
    const { queue, commits } = manualQueue()
    const calls = [queue.append(80, () => records('a')), queue.append(80, () => records('b'))]
    let closed = false
    const closing = queue.close().then(() => (closed = true))
    await vi.waitFor(() => expect(commits).toHaveLength(1))
    commits[0]?.finish()
    await vi.waitFor(() => expect(commits).toHaveLength(2))
    expect(closed).toBe(false)
    commits[1]?.finish()
    await closing
    expect(await Promise.all(calls)).toHaveLength(2)
  })
})
