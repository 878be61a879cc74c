import { createECDH } from 'node:crypto'

/** Keys by which push services know who sends (RFC 8292): P-256, raw, base64url. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

export function newVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  // A private key that begins with zeros comes shorter than the 32 bytes that it has.
  const privateKey = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32)
  return { publicKey: pair.getPublicKey('base64url'), privateKey: privateKey.toString('base64url') }
}
