import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { openOperationChannel, startBeating, type ChannelEnd } from './operation-channel.ts'

/** Two ends that hear each other, as a process and its child do. */
function ends(): [ChannelEnd, ChannelEnd] {
  const [left, right] = [new EventEmitter(), new EventEmitter()]
  const endOf = (own: EventEmitter, other: EventEmitter): ChannelEnd => ({
    send: (message) => setImmediate(() => other.emit('message', structuredClone(message))) !== undefined,
    on: (event, listener) => own.on(event, listener),
    off: (event, listener) => own.off(event, listener),
  })
  return [endOf(left, right), endOf(right, left)]
}

describe('operation channel', () => {
  it('lets both ends ask, at the same time', async () => {
    const [parent, child] = ends()
    const asking = openOperationChannel(parent, (question) => `parent's ${question}`)
    const asked = openOperationChannel(child, (question) => `child's ${question}`)
    const answers = [asking.ask('ready'), asked.ask('metrics'), asking.ask('live')]
    expect(await Promise.all(answers)).toEqual(["child's ready", "parent's metrics", "child's live"])
  })

  it('gives up where the other end does not answer, and where it cannot', async () => {
    const [parent, child] = ends()
    const asking = openOperationChannel(parent, () => undefined, 20)
    await expect(asking.ask('ready')).rejects.toThrow('no answer within 20 ms')
    openOperationChannel(child, () => {
      throw new Error('not now')
    })
    await expect(asking.ask('ready')).rejects.toThrow('no answer within 20 ms')
  })

  it('leaves what else is said alone', async () => {
    const [parent, child] = ends()
    const answer = vi.fn<() => void>()
    openOperationChannel(child, answer)
    parent.send?.({ type: 'ready', id: 1 }, () => undefined)
    parent.send?.({ operation: 'unheard of', id: 1 }, () => undefined)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(answer).not.toHaveBeenCalled()
  })
})

describe('beating', () => {
  it('goes on as long as the process is alive, and no longer', () => {
    vi.useFakeTimers()
    const send = vi.fn<(message: object) => boolean>(() => true)
    let isAlive = true
    const stop = startBeating({ send, on: () => undefined, off: () => undefined }, () => isAlive)
    vi.advanceTimersByTime(3_000)
    expect(send).toHaveBeenCalledTimes(4)
    isAlive = false
    vi.advanceTimersByTime(3_000)
    expect(send).toHaveBeenCalledTimes(4)
    isAlive = true
    vi.advanceTimersByTime(1_000)
    stop()
    vi.advanceTimersByTime(3_000)
    expect(send).toHaveBeenCalledTimes(5)
    vi.useRealTimers()
  })
})
