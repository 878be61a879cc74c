import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PulsewireError } from '@pulsewire/contracts'
import type { Logger } from '@pulsewire/runtime'
import type { Identity } from './issue.ts'

/** PEM files that whoever runs the broker provides: the certificate with those between it and its authority, and its key. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

const WARN_BEFORE_MS = 14 * 86_400_000

/** Reads what is given. PW_CONFIG_INVALID where it cannot be read or does not belong together. */
export async function readGiven(files: CertificateFiles): Promise<Identity> {
  try {
    const [certificate, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')])
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return { certificate, key }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new PulsewireError('PW_CONFIG_INVALID', `the TLS certificate ${files.certificate}: ${detail}`, {
      cause: error,
    })
  }
  throw new PulsewireError('PW_CONFIG_INVALID', `the TLS key ${files.key} is not that of ${files.certificate}`)
}

/**
 * Looks every `everyMs` whether the files hold another certificate, as they do after a renewal, and hands it on: no restart, and no
 * connection ends. What cannot be used is logged, and the one in use stays. Answers what ends it.
 */
export function watchGiven(
  files: CertificateFiles,
  first: Identity,
  {
    everyMs,
    logger,
    now,
    onRenewed,
  }: {
    readonly everyMs: number
    readonly logger: Logger
    readonly now: () => number
    readonly onRenewed: (identity: Identity) => void
  },
): () => void {
  let inUse = first
  const warnOf = ({ certificate }: Identity): void => {
    const { validTo } = new X509Certificate(certificate)
    if (Date.parse(validTo) < now() + WARN_BEFORE_MS) {
      logger.error({ code: 'PW_CONFIG_INVALID', validTo }, 'the TLS certificate has expired, or will within two weeks')
    }
  }
  const look = async (): Promise<void> => {
    const found = await readGiven(files)
    if (found.certificate === inUse.certificate && found.key === inUse.key) return
    onRenewed(found)
    inUse = found
    logger.info({ validTo: new X509Certificate(found.certificate).validTo }, 'the TLS certificate was renewed')
    warnOf(found)
  }
  warnOf(first)
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      logger.error({ err: error, code: 'PW_CONFIG_INVALID' }, 'the new TLS certificate cannot be used')
    })
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
