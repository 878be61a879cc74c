import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PulsewireError } from '@pulsewire/contracts'
import { z } from 'zod'

const MANIFEST_FILE = 'manifest.json'
const FORMAT = 1

const counts = z.object({
  accepted: z.int(),
  stored: z.int(),
  duplicates: z.int(),
  quarantined: z.int(),
  inLog: z.int(),
})
const content = z.object({
  format: z.literal(FORMAT),
  createdAt: z.iso.datetime(),
  /** Where every accepted message was at that moment (G2). */
  ledger: counts,
  files: z.array(
    z.object({
      /** Relative, with `/`; never upwards. */
      path: z.string().regex(/^(?!\.\.?(\/|$))[^/\0\\]+(\/(?!\.\.?(\/|$))[^/\0\\]+)*$/),
      bytes: z.int().min(0),
      mode: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})
const manifest = z.object({ backup: content, sha256: z.string() })

/** What a backup holds, with the checksum of each file, and of the list itself. */
export type BackupContent = z.infer<typeof content>
export type BackupLedger = z.infer<typeof counts>

/** Lists and flushes all files of a backup and writes its manifest. */
export async function sealBackup(directory: string, ledger: BackupLedger, now: number): Promise<BackupContent> {
  const files: BackupContent['files'] = []
  for (const path of await filesOf(directory)) {
    const { size, mode } = await stat(join(directory, path))
    const sha256 = await sha256OfFile(join(directory, path))
    await flush(join(directory, path))
    files.push({ path, bytes: size, mode: mode & 0o777, sha256 })
  }
  const backup: BackupContent = { format: FORMAT, createdAt: new Date(now).toISOString(), ledger, files }
  const path = join(directory, MANIFEST_FILE)
  await writeFile(path, JSON.stringify({ backup, sha256: sha256Of(JSON.stringify(backup)) }, null, 2), { mode: 0o600 })
  await flush(path)
  return backup
}

/** Reads what a backup says of itself. Throws PW_REQUEST_INVALID where it is none, or not whole: files missing, too many, or of another size. */
export async function readManifest(directory: string): Promise<BackupContent> {
  const text = await readFile(join(directory, MANIFEST_FILE), 'utf8').catch((error: unknown) => {
    throw damaged(`${directory} is no backup: it has no ${MANIFEST_FILE}`, error)
  })
  let read: z.infer<typeof manifest>
  try {
    read = manifest.parse(JSON.parse(text))
  } catch (error) {
    throw damaged(`${MANIFEST_FILE} cannot be read: it is damaged, or of another version`, error)
  }
  const { backup } = read
  if (read.sha256 !== sha256Of(JSON.stringify(backup)))
    throw damaged(`${MANIFEST_FILE} is damaged: its checksum is wrong`)
  const present = new Set(await filesOf(directory))
  present.delete(MANIFEST_FILE)
  for (const { path, bytes } of backup.files) {
    if (!present.delete(path)) throw damaged(`${path} is missing`)
    const { size } = await stat(join(directory, path))
    if (size !== bytes) throw damaged(`${path} has ${size} bytes instead of ${bytes}`)
  }
  const [stray] = present
  if (stray !== undefined) throw damaged(`${stray} is no part of the backup`)
  return backup
}

/** Copies one file of a backup, flushed to disk. Throws where what was read has another checksum than it should. */
export async function copyVerified(from: string, to: string, file: BackupContent['files'][number]): Promise<void> {
  const target = join(to, file.path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(
    createReadStream(join(from, file.path)),
    hashing,
    createWriteStream(target, { flags: 'wx', mode: file.mode, flush: true }),
  )
  if (hash.digest('hex') !== file.sha256) throw damaged(`${file.path} is damaged: its checksum is wrong`)
}

function damaged(what: string, cause?: unknown): PulsewireError {
  return new PulsewireError('PW_REQUEST_INVALID', `the backup cannot be used: ${what}`, { cause })
}

async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
