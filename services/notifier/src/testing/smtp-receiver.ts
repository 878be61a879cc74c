import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  readonly to: readonly string[]
  readonly from: string
  readonly source: string
  /** Without the part after `@`. */
  readonly messageId: string
}

/** A real SMTP server that takes mail as it is told. */
export interface SmtpReceiver {
  readonly url: string
  /** What it took, and what it was offered. */
  readonly mails: readonly ReceivedMail[]
  readonly offered: readonly ReceivedMail[]
  /** Reply code for a message (how many came before, and its id; 250 = taken), or undefined: it never answers. */
  answer: (count: number, id: string) => number | undefined
  close(): Promise<void>
}

export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  const mails: ReceivedMail[] = []
  const offered: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const source = Buffer.concat(chunks).toString('utf8')
        const mail: ReceivedMail = {
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? '' : mailFrom.address,
          source,
          messageId: /^Message-ID: <(.+)@/im.exec(source)?.[1] ?? '',
        }
        const code = receiver.answer(offered.length, mail.messageId)
        offered.push(mail)
        if (code === undefined) return
        if (code !== 250) return callback(Object.assign(new Error('no'), { responseCode: code }))
        mails.push(mail)
        callback()
      })
    },
  })
  // Clients that give up in the middle are part of the tests.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  const receiver: SmtpReceiver = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    offered,
    answer: () => 250,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return receiver
}
