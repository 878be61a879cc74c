import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { issueAuthority, issueServer, type Identity } from './issue.ts'

const DAY_MS = 86_400_000
const RENEW_SERVER_MS = 30 * DAY_MS
const RENEW_CA_MS = 400 * DAY_MS

/** What a TLS server needs, and the file that its clients need to trust it. */
export interface Certificates {
  readonly caFile: string
  readonly certificate: string
  readonly key: string
}

/** The names under which a station is reached from its own machine. */
export const LOCAL_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '::1']

/**
 * The station's development certificate authority and server certificate, made in `directory` where they are absent, and renewed
 * before they expire or where `hosts` changed. Keys are readable by their owner alone. Not for production: bring your own there.
 */
export async function ensureCertificates(
  directory: string,
  hosts: readonly string[] = [],
  now: number = Date.now(),
): Promise<Certificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const caFile = join(directory, 'ca.pem')
  const names = [...new Set([...LOCAL_HOSTS, hostname(), ...hosts])].filter((name) => name !== '' && name !== '0.0.0.0')

  let authority = await load(directory, 'ca')
  if (authority === undefined || expires(authority) < now + RENEW_CA_MS) {
    authority = await issueAuthority(now)
    await save(directory, 'ca', authority)
  }
  let server = await load(directory, 'server')
  if (server === undefined || !serves(server, authority, names, now)) {
    server = await issueServer(authority, names, now)
    await save(directory, 'server', server)
  }
  return { caFile, ...server }
}

function serves(server: Identity, authority: Identity, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(server.certificate)
  return (
    expires(server) >= now + RENEW_SERVER_MS &&
    certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
    names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  )
}

function expires(identity: Identity): number {
  return Date.parse(new X509Certificate(identity.certificate).validTo)
}

/** A certificate with its key, or nothing where either is absent, unreadable as such, or does not belong to the other. */
async function load(directory: string, name: string): Promise<Identity | undefined> {
  try {
    const [certificate, key] = await Promise.all([
      readFile(join(directory, `${name}.pem`), 'utf8'),
      readFile(join(directory, `${name}-key.pem`), 'utf8'),
    ])
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)) ? { certificate, key } : undefined
  } catch (error) {
    // A file that is absent or damaged is made anew; one that must not be read is a fault of the installation.
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw error
    return undefined
  }
}

async function save(directory: string, name: string, { certificate, key }: Identity): Promise<void> {
  await replace(join(directory, `${name}-key.pem`), key, 0o600)
  await replace(join(directory, `${name}.pem`), certificate, 0o644)
}

/** A reader finds the old file or the new one, never half of it. */
async function replace(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}.new`
  await writeFile(draft, content, { mode })
  await rename(draft, file)
}
