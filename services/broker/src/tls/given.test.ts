import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { certificateFilesOf } from '../config.ts'
import { startHarness, type Harness } from '../testing/harness.ts'
import { readGiven } from './given.ts'
import { issueAuthority, issueServer, type Identity } from './issue.ts'

let directory: string
let authority: Identity
const files = () => ({ certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') })

async function give(identity: Partial<Identity>): Promise<void> {
  if (identity.certificate !== undefined) await writeFile(files().certificate, identity.certificate)
  if (identity.key !== undefined) await writeFile(files().key, identity.key)
}
const issue = (): Promise<Identity> => issueServer(authority, ['localhost'], Date.now())

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-given-'))
  authority = await issueAuthority(Date.now())
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('a certificate that the installation gives', () => {
  it('is refused by name where it is missing, is none, or is not that of the key', async () => {
    await expect(readGiven(files())).rejects.toMatchObject({ code: 'PW_CONFIG_INVALID' })
    await give(await issue())
    await expect(readGiven(files())).resolves.toBeDefined()
    await give({ key: (await issue()).key })
    await expect(readGiven(files())).rejects.toThrow(/is not that of/)
    await give({ certificate: 'not a certificate' })
    await expect(readGiven(files())).rejects.toThrow(/tls\.crt/)
  })

  it('is named with its key, or neither is', () => {
    expect(certificateFilesOf({})).toEqual({})
    expect(() => certificateFilesOf({ PULSEWIRE_TLS_CERT_FILE: 'a' })).toThrow(/go together/)
    expect(() => certificateFilesOf({ PULSEWIRE_TLS_KEY_FILE: 'a' })).toThrow(/go together/)
  })
})

describe('a broker that shows it', () => {
  let harness: Harness
  afterEach(() => harness.close())

  /** What a new connection is shown; the connection stays open for the caller to close. */
  const shown = () =>
    new Promise<{ fingerprint: string; socket: ReturnType<typeof connect> }>((resolve, reject) => {
      const port = harness.broker.mqttsPort ?? 0
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificate }, () => {
        const peer: PeerCertificate = socket.getPeerCertificate()
        resolve({ fingerprint: peer.fingerprint256, socket })
      })
      socket.once('error', reject)
    })

  it('shows the renewed one to new connections, ends none, and keeps the old one while the new cannot be used', async () => {
    await give(await issue())
    harness = await startHarness({ mqttsPort: 0, certificateFiles: files(), certificateCheckMs: 20 })
    const before = await shown()
    let ended = false
    before.socket.once('close', () => (ended = true))

    const renewed = await issue()
    await give({ certificate: renewed.certificate })
    const meanwhile = await shown()
    meanwhile.socket.destroy()
    expect(meanwhile.fingerprint).toBe(before.fingerprint)

    await give({ key: renewed.key })
    await vi.waitFor(async () => {
      const after = await shown()
      after.socket.destroy()
      expect(after.fingerprint).not.toBe(before.fingerprint)
    }, 5_000)
    expect(ended).toBe(false)
    before.socket.destroy()
  })
})
