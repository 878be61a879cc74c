import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { startHttpReceiver, type HttpReceiver, type Received } from './http-receiver.ts'

/** A push service with one browser behind it, that decrypts what it gets (RFC 8291) and checks who sent it (RFC 8292). */
export interface PushReceiver extends HttpReceiver {
  readonly keys: { readonly p256dh: string; readonly auth: string }
  /** The messages as the browser would see them. Throws for what a browser or its push service would refuse. */
  messages(): readonly unknown[]
}

export async function startPushReceiver(vapidPublicKey: string): Promise<PushReceiver> {
  const http = await startHttpReceiver()
  http.answer = () => 201
  const browser = createECDH('prime256v1')
  browser.generateKeys()
  const auth = randomBytes(16)
  return Object.assign(http, {
    keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
    messages: () =>
      http.received.map(({ headers, body }) => {
        checkVapid(headers, vapidPublicKey, new URL(http.url).origin)
        return JSON.parse(decrypt(body, browser, auth).toString('utf8')) as unknown
      }),
  })
}

/** aes128gcm (RFC 8188): salt 16, record size 4, key id length 1, key id = the sender's public key, then one record. */
function decrypt(body: Received['body'], browser: ECDH, auth: Buffer): Buffer {
  const salt = body.subarray(0, 16)
  const keyLength = body.readUInt8(20)
  const senderKey = body.subarray(21, 21 + keyLength)
  const cipherText = body.subarray(21 + keyLength)
  const shared = browser.computeSecret(senderKey)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), senderKey])
  const secret = Buffer.from(hkdfSync('sha256', shared, auth, info, 32))
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16))
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12))
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(cipherText.subarray(-16))
  const plain = Buffer.concat([decipher.update(cipherText.subarray(0, -16)), decipher.final()])
  // The padding delimiter of the last record.
  const end = plain.lastIndexOf(2)
  return plain.subarray(0, end)
}

function checkVapid(headers: IncomingHttpHeaders, publicKey: string, audience: string): void {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(\S+)$/.exec(headers.authorization ?? '') ?? []
  if (key !== publicKey) throw new Error(`signed by another key: ${headers.authorization}`)
  const raw = Buffer.from(publicKey, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: raw.subarray(1, 33).toString('base64url'),
    y: raw.subarray(33).toString('base64url'),
  }
  const [head = '', claims = '', signature = ''] = token.split('.')
  const isGood = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  if (!isGood || aud !== audience) throw new Error(`not a good VAPID token for ${audience}: ${claims}`)
  if (typeof exp !== 'number' || exp * 1000 < Date.now() || exp * 1000 > Date.now() + 24 * 3_600_000) {
    throw new Error('VAPID: exp must be within 24 hours')
  }
  if (typeof sub !== 'string' || !/^(mailto:|https:)/.test(sub)) throw new Error('VAPID: sub must be a contact')
}
