import { emailOf, type Outcome } from '@pulsewire/delivery'
import { createTransport } from 'nodemailer'
import { unreachable } from '../post.ts'
import { targetOf, type Sender } from '../sender.ts'

const CONNECT_WITHIN_MS = 8_000

export interface SmtpOptions {
  /** `smtp://…` or `smtps://…`; without it nothing is sent. */
  readonly url: string | undefined
  readonly from: string
}

/** E-mail. The same Message-ID at each attempt, so that a mailbox shows it once. */
export function createSmtpSender({ url, from }: SmtpOptions): Sender {
  if (url === undefined) return { send: () => Promise.resolve(NO_SERVER), close: () => Promise.resolve() }
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: CONNECT_WITHIN_MS,
    // What is in a message is ours alone.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (subject, signal) => {
      const { address } = targetOf(subject, 'email')
      const { delivery, notice } = subject
      const sent = transport.sendMail({
        from,
        to: address,
        ...emailOf(subject),
        messageId: `<${delivery.id}@pulsewire>`,
        priority: notice.priority === 'high' ? 'high' : 'normal',
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      try {
        await Promise.race([sent, aborted(signal)])
        return { kind: 'accepted' }
      } catch (error) {
        return refusalOf(error, signal)
      }
    },
    close: () => {
      transport.close()
      return Promise.resolve()
    },
  }
}

const NO_SERVER: Outcome = {
  kind: 'refused',
  transient: false,
  detail: 'no mail server is configured (PULSEWIRE_SMTP_URL)',
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  })
}

/** 4xx of SMTP: try again (RFC 5321, 4.2.1); 5xx: never. A refused sign-in may be mended meanwhile. */
function refusalOf(error: unknown, signal: AbortSignal): Outcome {
  const status = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  if (typeof status !== 'number') return unreachable(error, signal)
  const isSignIn = error instanceof Error && 'code' in error && error.code === 'EAUTH'
  return { kind: 'refused', transient: status < 500 || isSignIn, detail: `SMTP ${status}` }
}
