import { createServer } from 'node:net'

/**
 * Below the ports that systems hand out for outgoing connections (Linux 32768 and up): a stopped engine's port is then not taken in
 * the meantime, and a client that tries to reconnect to it cannot come upon its own port and meet itself.
 */
const FIRST_PORT = 20_000
const LAST_PORT = 32_000
const ATTEMPTS = 200
/** Given out to somebody who may not listen there yet. */
const given = new Set<number>()

/** A TCP port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port found between ${FIRST_PORT} and ${LAST_PORT}`)
}

/** The wished port where it is free, else another. */
export async function freePortNear(wished: number): Promise<number> {
  return (await isFree(wished)) ? wished : freePort()
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
