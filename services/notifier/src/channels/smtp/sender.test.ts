import { expect, it } from 'vitest'
import { startSmtpReceiver } from '../../testing/smtp-receiver.ts'
import { channelTo, subjectTo } from '../../testing/subjects.ts'
import { describeSender } from '../contract.ts'
import { createSmtpSender } from './sender.ts'

const channel = channelTo({ via: 'email', address: 'night@ward.example' })
const FROM = 'Ward 3 <ward3@hospital.example>'

describeSender('e-mail', async () => {
  const receiver = await startSmtpReceiver()
  return {
    sender: createSmtpSender({ url: receiver.url, from: FROM }),
    channel,
    behave: async (behaviour) => {
      const code = { takes: 250, 'is busy': 451, refuses: 550, hangs: undefined, 'is away': undefined }[behaviour]
      receiver.answer = () => code
      if (behaviour === 'is away') await receiver.close()
    },
    ids: () => receiver.offered.map(({ messageId }) => messageId),
    close: () => receiver.close(),
  }
})

it('is a mail that says what, where, and how to confirm', async () => {
  const receiver = await startSmtpReceiver()
  const sender = createSmtpSender({ url: receiver.url, from: FROM })
  await sender.send(subjectTo(channel), AbortSignal.timeout(5_000))
  const [mail] = receiver.mails
  expect(mail).toMatchObject({ to: ['night@ward.example'], from: 'ward3@hospital.example' })
  expect(mail?.source).toContain('Subject: HIGH Bed 4: Asystole: call the team')
  expect(mail?.source).toContain('Auto-Submitted: auto-generated')
  expect(mail?.source).toContain('https://ward.example/confirm')
  await sender.close()
  await receiver.close()
})

it('says what is missing where no mail server is configured', async () => {
  const sender = createSmtpSender({ url: undefined, from: FROM })
  expect(await sender.send(subjectTo(channel), AbortSignal.timeout(100))).toMatchObject({
    transient: false,
    detail: 'no mail server is configured (PULSEWIRE_SMTP_URL)',
  })
})
