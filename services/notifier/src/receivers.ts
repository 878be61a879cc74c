/** Real receivers, for tests of this and of the whole system. */
export { seeded, startHttpReceiver, type HttpReceiver } from './testing/http-receiver.ts'
export { startSmtpReceiver, type SmtpReceiver } from './testing/smtp-receiver.ts'
