import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Channel } from '@pulsewire/contracts'
import { subjectTo } from '../testing/subjects.ts'
import type { Sender } from './sender.ts'

export type Behaviour = 'takes' | 'is busy' | 'refuses' | 'hangs' | 'is away'

/** A sender and the real receiver that it sends to. */
export interface ContractSetup {
  readonly sender: Sender
  readonly channel: Channel
  behave(behaviour: Behaviour): Promise<void> | void
  /** The ids of the messages that it was offered, in order. */
  ids(): readonly string[]
  close(): Promise<void>
}

/** What every adapter of the port must do. */
export function describeSender(name: string, setUp: () => Promise<ContractSetup>): void {
  describe(`${name}, as every sender`, () => {
    let setup: ContractSetup
    beforeEach(async () => {
      setup = await setUp()
    })
    afterEach(async () => {
      await setup.sender.close()
      await setup.close()
    })
    const send = (id = 'x.p1.7', withinMs = 5_000) =>
      setup.sender.send(subjectTo(setup.channel, { id }), AbortSignal.timeout(withinMs))

    it('says that the receiver took the message', async () => {
      await setup.behave('takes')
      expect(await send()).toEqual({ kind: 'accepted' })
      expect(setup.ids()).toEqual(['x.p1.7'])
    })

    it('gives a message the same id at each attempt, and another to another', async () => {
      await setup.behave('is busy')
      await send()
      await setup.behave('takes')
      await send()
      await send('x.p1.8')
      expect(setup.ids()).toEqual(['x.p1.7', 'x.p1.7', 'x.p1.8'])
    })

    it('says that trying again may help where the receiver is busy', async () => {
      await setup.behave('is busy')
      expect(await send()).toMatchObject({ kind: 'refused', transient: true })
    })

    it('says that trying again does not help where the receiver refuses', async () => {
      await setup.behave('refuses')
      expect(await send()).toMatchObject({ kind: 'refused', transient: false })
    })

    it('waits for a receiver that hangs no longer than it may', async () => {
      await setup.behave('hangs')
      const startedAt = performance.now()
      expect(await send('x.p1.7', 200)).toEqual({ kind: 'refused', transient: true, detail: 'no answer in time' })
      expect(performance.now() - startedAt).toBeLessThan(2_500)
    })

    it('rejects not, where nobody is there', async () => {
      await setup.behave('is away')
      expect(await send()).toMatchObject({ kind: 'refused', transient: true })
    })
  })
}
