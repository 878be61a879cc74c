import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WEBHOOK_SECRET_PATTERN } from '@pulsewire/contracts'
import {
  CONFIRM_WITHIN_MS,
  confirmToken,
  newWebhookSecret,
  readConfirmToken,
  signWebhook,
  verifyWebhook,
} from '../index.ts'

const NOW = 1_790_000_000_000

describe('a signed webhook', () => {
  it('is signed as Standard Webhooks say', () => {
    // The example of the Standard Webhooks specification's reference libraries.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const headers = signWebhook(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}')
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
  it('is believed with its secret and within five minutes, and not otherwise', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -600, max: 600 }), (body, offsetS) => {
        const secret = newWebhookSecret()
        const headers = signWebhook(secret, 'hook.p1.3', NOW, body)
        expect(verifyWebhook(secret, headers, body, NOW + offsetS * 1000)).toBe(Math.abs(offsetS) <= 300)
        expect(verifyWebhook(newWebhookSecret(), headers, body, NOW)).toBe(false)
        expect(verifyWebhook(secret, headers, `${body} `, NOW)).toBe(false)
        expect(verifyWebhook(secret, { ...headers, 'webhook-id': 'hook.p1.4' }, body, NOW)).toBe(false)
      }),
      { numRuns: 50 },
    )
  })
  it('has a secret of the kind that channels take', () => {
    expect(newWebhookSecret()).toMatch(WEBHOOK_SECRET_PATTERN)
    expect(verifyWebhook(newWebhookSecret(), {}, '', NOW)).toBe(false)
  })
})

describe('the token of a link', () => {
  it('confirms its own delivery, for a day', () => {
    const token = confirmToken('key', 'mail.p1.3', NOW)
    expect(readConfirmToken('key', 'mail.p1.3', token, NOW + CONFIRM_WITHIN_MS)).toBe(NOW)
    expect(readConfirmToken('key', 'mail.p1.3', token, NOW + CONFIRM_WITHIN_MS + 1)).toBeUndefined()
    expect(readConfirmToken('key', 'mail.p1.4', token, NOW)).toBeUndefined()
    expect(readConfirmToken('other', 'mail.p1.3', token, NOW)).toBeUndefined()
  })
  it('cannot be made longer-lived, or up', () => {
    const [, mac = ''] = confirmToken('key', 'mail.p1.3', NOW).split('.')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((made) => `${made}.${mac}`),
        ),
        (token) => {
          fc.pre(token !== confirmToken('key', 'mail.p1.3', NOW))
          expect(readConfirmToken('key', 'mail.p1.3', token, NOW)).toBeUndefined()
        },
      ),
    )
  })
})
