import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHarness, vitals, type Harness } from '../testing/harness.ts'
import { ensureCertificates } from './certificates.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsewire-tls-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const DAY_MS = 86_400_000

describe('ensureCertificates', () => {
  it('makes a server certificate for this machine that its own authority signed, with keys for the owner alone', async () => {
    const made = await ensureCertificates(directory, ['pulsewire.example', '192.0.2.7'])
    const ca = new X509Certificate(await readFile(made.caFile))
    const server = new X509Certificate(made.certificate)
    expect(ca.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.checkIssued(ca) && server.verify(ca.publicKey)).toBe(true)
    for (const name of ['localhost', 'pulsewire.example']) expect(server.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1', '192.0.2.7']) expect(server.checkIP(address)).toBe(address)
    for (const name of ['ca-key.pem', 'server-key.pem']) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
    }
  })

  it('keeps them over restarts', async () => {
    const first = await ensureCertificates(directory)
    expect(await ensureCertificates(directory)).toEqual(first)
  })

  it('renews the server certificate before it expires, or for another name, under the same authority', async () => {
    const first = await ensureCertificates(directory)
    const ca = await readFile(first.caFile, 'utf8')
    const renewed = await ensureCertificates(directory, [], Date.now() + 370 * DAY_MS)
    expect(renewed.certificate).not.toBe(first.certificate)
    const named = await ensureCertificates(directory, ['other.example'])
    expect(named.certificate).not.toBe(renewed.certificate)
    expect(await readFile(first.caFile, 'utf8')).toBe(ca)
  })

  it('renews the authority, and what it signed, long before it expires', async () => {
    const first = await ensureCertificates(directory)
    const ca = await readFile(first.caFile, 'utf8')
    const later = await ensureCertificates(directory, [], Date.now() + 3_400 * DAY_MS)
    expect(await readFile(later.caFile, 'utf8')).not.toBe(ca)
    expect(
      new X509Certificate(later.certificate).verify(new X509Certificate(await readFile(later.caFile)).publicKey),
    ).toBe(true)
  })

  it('makes anew what is damaged or does not belong together', async () => {
    const first = await ensureCertificates(directory)
    await writeFile(join(directory, 'server.pem'), 'not a certificate')
    const second = await ensureCertificates(directory)
    expect(second.certificate).not.toBe(first.certificate)
    await writeFile(join(directory, 'server-key.pem'), first.key)
    const third = await ensureCertificates(directory)
    expect(third.key).not.toBe(first.key)
  })
})

describe('MQTT over TLS', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ mqttsPort: 0, certificateDirectory: directory })
  })
  afterEach(() => harness.close())

  const options = async () => ({
    protocol: 'mqtts' as const,
    host: 'localhost',
    port: harness.broker.mqttsPort ?? 0,
    clientId: 'd1',
    username: 'd1',
    password: await harness.register('d1'),
    reconnectPeriod: 0,
  })

  it('is trusted by a client that knows the authority, and carries messages', async () => {
    const ca = await readFile(harness.broker.caFile ?? '')
    const client = await connectAsync({ ...(await options()), ca })
    await client.publishAsync('bsn/v1/d1/vitals', vitals(1), { qos: 1 })
    await client.endAsync()
    expect(await harness.stored('telemetry')).toHaveLength(1)
  })

  it('is not trusted by a client that does not', async () => {
    await expect(connectAsync(await options())).rejects.toThrow(/certificate/)
  })
})
