import { randomBytes, timingSafeEqual } from 'node:crypto'
import { renameSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { createServer, request, type ClientRequest } from 'node:http'
import { join } from 'node:path'
import { PulsewireError } from '@pulsewire/contracts'
import type { Logger, Running } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { z } from 'zod'

/** Where the running station tells who may read its data directory how to speak to it. */
export const CONTROL_FILE = 'control.json'
const HOST = '127.0.0.1'
const REST_PATH = '/store/rest'
/** A copy that takes longer has hung. */
const LONGEST_REST_MS = 15 * 60_000
const BEGIN_WITHIN_MS = 60_000
const AT_REST = 'at rest\n'
const RESTED = 'rested all the time\n'

const control = z.object({ port: z.int().min(1).max(65_535), token: z.string().min(1) })

/**
 * Lets `npm run backup` put the store at rest for as long as its connection is open, and no longer. It listens on loopback; the token is in a file
 * that this user alone can read, beside the data themselves.
 */
export async function startBackupControl(parts: {
  readonly dataDirectory: string
  readonly store: VitalsStore
  readonly logger: Logger
}): Promise<Running> {
  const { dataDirectory, store, logger } = parts
  const token = randomBytes(32).toString('base64url')
  const server = createServer({ requestTimeout: 0 }, (incoming, response) => {
    const atRest = store.atRest?.bind(store)
    if (!isToken(incoming.headers.authorization, token)) response.writeHead(401).end()
    else if (incoming.method !== 'POST' || incoming.url !== REST_PATH || atRest === undefined) {
      response.writeHead(404).end()
    } else {
      const gone = new Promise<'gone'>((resolve) => {
        const timer = setTimeout(() => response.destroy(), LONGEST_REST_MS)
        response.once('close', () => {
          clearTimeout(timer)
          resolve('gone')
        })
      })
      const copied = new Promise<'copied'>((resolve) => incoming.once('end', () => resolve('copied')))
      incoming.resume()
      const began = performance.now()
      atRest(async () => {
        response.writeHead(200)
        response.write(AT_REST)
        // Said while it still rests: it has rested all the time.
        if ((await Promise.race([copied, gone])) === 'copied') response.end(RESTED)
      }).then(
        () => logger.info({ restedMs: Math.round(performance.now() - began) }, 'the store was at rest for a backup'),
        (error: unknown) => {
          logger.error({ err: error }, 'the store could not be put at rest')
          if (!response.headersSent) response.writeHead(503)
          response.end()
        },
      )
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, HOST, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const path = join(dataDirectory, CONTROL_FILE)
  rmSync(`${path}.new`, { force: true })
  writeFileSync(`${path}.new`, JSON.stringify({ port: address.port, token }), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return {
    health: () => ({ ok: true, detail: 'listening' }),
    stop: () =>
      new Promise((resolve) => {
        rmSync(path, { force: true })
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function isToken(given: string | undefined, token: string): boolean {
  const expected = Buffer.from(`Bearer ${token}`)
  const actual = Buffer.from(given ?? '')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

/**
 * Does `work` while the store of the station that runs on `dataDirectory` is at rest. Rejects where it does not answer, and where it stopped
 * resting before the work was done: what was copied is then worth nothing.
 */
export async function whileAtRest(dataDirectory: string, work: () => Promise<void>): Promise<void> {
  const { port, token } = readControl(dataDirectory)
  const asked = request({
    host: HOST,
    port,
    method: 'POST',
    path: REST_PATH,
    headers: { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' },
  })
  const { ended, resting, rested } = answersOf(asked)
  // The request ends when the copy is made.
  asked.flushHeaders()
  try {
    await Promise.race([ended, resting])
    const working = work()
    try {
      await Promise.race([ended, working])
    } finally {
      // Nobody writes any more when this is over.
      await working.catch(() => undefined)
    }
    asked.end()
    await Promise.race([ended, rested])
  } finally {
    asked.destroy()
  }
}

/** What the station says: that its store is at rest; that it was until the request ended; or, by rejecting, that neither is to be had. */
function answersOf(asked: ClientRequest): { ended: Promise<never>; resting: Promise<void>; rested: Promise<void> } {
  let isResting = (): void => undefined
  let hasRested = (): void => undefined
  let end = (_why: string, _cause?: unknown): void => undefined
  const resting = new Promise<void>((resolve) => (isResting = resolve))
  const rested = new Promise<void>((resolve) => (hasRested = resolve))
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(unreachable('its store does not come to rest')), BEGIN_WITHIN_MS)
    asked.once('response', () => clearTimeout(timer))
    end = (why, cause) => {
      clearTimeout(timer)
      reject(unreachable(why, cause))
    }
  })
  asked.on('error', (error) => end(error.message, error))
  asked.once('response', (response) => {
    const { statusCode } = response
    let said = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (statusCode !== 200) return
      if (said.startsWith(AT_REST)) isResting()
      if (said === AT_REST + RESTED) hasRested()
    })
    response.on('error', (error) => end(error.message, error))
    response.once('close', () => end(statusCode === 200 ? 'it stopped waiting' : `it answered ${statusCode}`))
  })
  return { ended, resting, rested }
}

function readControl(dataDirectory: string): z.infer<typeof control> {
  try {
    return control.parse(JSON.parse(readFileSync(join(dataDirectory, CONTROL_FILE), 'utf8')))
  } catch (error) {
    throw unreachable('it has not said how to speak to it (is it just starting?)', error)
  }
}

function unreachable(why: string, cause?: unknown): PulsewireError {
  return new PulsewireError('PW_STORE_UNAVAILABLE', `a station runs on these data, and ${why}`, { cause })
}
