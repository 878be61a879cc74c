import { finding, type Finding } from '@pulsewire/contracts'
import { newWebhookSecret } from '@pulsewire/delivery'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { seeded, startHttpReceiver, type HttpReceiver } from './testing/http-receiver.ts'
import { startSmtpReceiver } from './testing/smtp-receiver.ts'
import { channelTo } from './testing/subjects.ts'
import { alarmOf, openWard, testOf, type Ward } from './testing/ward.ts'

const secret = newWebhookSecret()
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
async function ward(options?: Parameters<typeof openWard>[0]): Promise<Ward> {
  const opened = await openWard(options)
  closing.push(() => opened.stop())
  return opened
}
async function receiverOf(): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver()
  closing.push(() => receiver.close())
  return receiver
}
const hookTo = ({ url: address }: HttpReceiver) => channelTo({ via: 'webhook', address, secret })
const idsOf = ({ received }: HttpReceiver): string[] => received.map(({ headers }) => String(headers['webhook-id']))
/** What it took, each once, in the order of the first time. */
const takenBy = ({ received }: HttpReceiver): string[] => [
  ...new Set(received.filter(({ answered }) => answered === 204).map(({ headers }) => String(headers['webhook-id']))),
]
async function systemFindings({ log }: Ward): Promise<Finding[]> {
  const found: Finding[] = []
  const partition = log.partitionOf('findings', 'system')
  for await (const records of log.read('findings', partition, { from: 0 })) {
    for (const { value } of records) found.push(finding.parse(JSON.parse(Buffer.from(value ?? []).toString())))
  }
  return found
}
const within = { timeout: 15_000, interval: 20 }

describe('the notifier', () => {
  it('loses nothing and keeps the order to a receiver that fails half of the time', async () => {
    const opened = await ward({ clockRate: 50 })
    const receiver = await receiverOf()
    const random = seeded(7)
    receiver.answer = () => (random() < 0.5 ? 503 : 204)
    await opened.channel(hookTo(receiver))
    await opened.start()
    const patients = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']
    for (const patient of patients) {
      await opened.alarm(patient, 'raised')
      await opened.alarm(patient, 'acknowledged', { state: 'acknowledged' })
    }
    await vi.waitFor(() => expect(takenBy(receiver)).toHaveLength(12), within)
    for (const patient of patients) {
      expect(takenBy(receiver).filter((id) => id.includes(`.${patient}.`))).toEqual([
        `webhook.${patient}.1`,
        `webhook.${patient}.2`,
      ])
    }
    expect(receiver.received.length).toBeGreaterThan(12)
  })

  it('lets no receiver that hangs hold up another', async () => {
    const opened = await ward({ attemptWithinMs: 60_000 })
    const [stuck, well] = [await receiverOf(), await receiverOf()]
    stuck.answer = () => undefined
    await opened.channel({ ...hookTo(stuck), id: 'stuck' })
    await opened.channel({ ...hookTo(well), id: 'well' })
    await opened.start()
    for (let patient = 0; patient < 20; patient++) await opened.alarm(`p${patient}`, 'raised')
    await vi.waitFor(() => expect(takenBy(well)).toHaveLength(20), within)
    // It has four in hand, and no more.
    await vi.waitFor(() => expect(stuck.received).toHaveLength(4), within)
  })

  it('goes on after a restart with what was not through', async () => {
    const opened = await ward()
    const receiver = await receiverOf()
    receiver.answer = () => 503
    await opened.channel(hookTo(receiver))
    const first = await opened.start()
    await opened.alarm('p1', 'raised')
    await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0), within)
    await first.stop()
    await opened.alarm('p1', 'acknowledged', { state: 'acknowledged' })
    receiver.answer = () => 204
    await opened.start()
    await vi.waitFor(() => expect(takenBy(receiver)).toEqual(['webhook.p1.1', 'webhook.p1.2']), within)
  })

  it('tells an alarm once where several share the patients', async () => {
    const opened = await ward()
    const receiver = await receiverOf()
    await opened.channel(hookTo(receiver))
    await opened.start()
    await opened.start()
    for (let patient = 0; patient < 8; patient++) await opened.alarm(`p${patient}`, 'raised')
    await vi.waitFor(() => expect(takenBy(receiver)).toHaveLength(8), within)
    const all = Array.from({ length: 8 }, () => 'confirmed')
    await vi.waitFor(
      async () => expect([...(await opened.deliveries()).values()].map(({ state }) => state)).toEqual(all),
      within,
    )
    expect(idsOf(receiver)).toHaveLength(8)
  })

  it('goes on to the next step when the first does not take the message, and the mail waits to be confirmed', async () => {
    const mails = await startSmtpReceiver()
    closing.push(() => mails.close())
    const opened = await ward({ smtpUrl: mails.url })
    const receiver = await receiverOf()
    receiver.answer = () => 400
    await opened.channel(hookTo(receiver))
    await opened.channel(channelTo({ via: 'email', address: 'team@ward.example' }, { step: 1 }))
    await opened.start()
    await opened.alarm('p1', 'raised')
    await vi.waitFor(() => expect(mails.mails).toHaveLength(1), within)
    await vi.waitFor(async () => expect((await opened.deliveries()).get('email.p1.1')?.state).toBe('sent'), within)
    await opened.receipt({ type: 'confirm', patient: 'p1', delivery: 'email.p1.1', at: Date.now(), by: 'link' })
    await vi.waitFor(
      async () =>
        expect((await opened.deliveries()).get('email.p1.1')).toMatchObject({
          state: 'confirmed',
          confirmedBy: 'link',
        }),
      within,
    )
    expect((await opened.events()).some(({ call }) => call?.state === 'heard')).toBe(true)
  })

  it('says on the screens which channel does not work, until it works again', async () => {
    const opened = await ward()
    const receiver = await receiverOf()
    receiver.answer = () => 400
    await opened.channel(hookTo(receiver))
    const notifier = await opened.start()
    await opened.alarm('p1', 'raised')
    await vi.waitFor(async () => {
      const open = (await systemFindings(opened)).filter(({ status }) => status === 'open')
      expect(open[0]?.message).toMatch(/^Webhook \(The webhook\): nothing has got through since .* UTC\. HTTP 400$/)
    }, within)
    expect(notifier.health()).toMatchObject({ ok: true, detail: expect.stringContaining('HTTP 400') as string })
    await notifier.stop()
    receiver.answer = () => 204
    await opened.start()
    await opened.receipt(testOf('webhook'))
    await vi.waitFor(async () => {
      const findings = await systemFindings(opened)
      expect(findings.map(({ status }) => status)).toContain('ended')
    }, within)
  })

  it('sends no message about an alarm that was over before it came to it', async () => {
    const mails = await startSmtpReceiver()
    closing.push(() => mails.close())
    const opened = await ward({ smtpUrl: mails.url })
    await opened.channel(channelTo({ via: 'email', address: 'team@ward.example' }))
    await opened.alarm('p1', 'raised')
    await opened.alarm('p1', 'ended', { state: 'ended', endedAt: Date.now() })
    const version = await opened.alarm('p1', 'raised', { id: 'p1.asystole.2' })
    await opened.start()
    await vi.waitFor(() => expect(mails.mails).toHaveLength(1), within)
    expect(mails.mails[0]?.messageId).toBe(`email.p1.${version}`)
  })

  it('knows which screens showed an alarm', async () => {
    const opened = await ward()
    // Said before the notifier has read of the alarm: topics are read side by side.
    const shown = { screen: 'amal/1', user: 'amal', at: Date.now(), visible: true, sound: 'on' } as const
    await opened.receipt({ type: 'screen', patient: 'p1', alarm: alarmOf('p1').id, ...shown })
    await opened.start()
    await opened.alarm('p1', 'raised')
    await vi.waitFor(async () => {
      const calls = (await opened.events()).flatMap(({ call }) => (call === undefined ? [] : [call]))
      expect(calls.at(-1)?.screens).toEqual([shown])
    }, within)
  })
})
