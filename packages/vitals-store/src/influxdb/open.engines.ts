import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { message, writeOf } from '../testing/samples.ts'
import { openInfluxVitalsStore } from './open.ts'
import { setUpInfluxBucket } from './setup.ts'
import { createTestBucket, type TestBucket } from './testing.ts'

describe('InfluxDB that is not as it should be', () => {
  let bucket: TestBucket
  beforeAll(async () => {
    bucket = await createTestBucket()
  })
  afterAll(async () => bucket.remove())

  it('is told apart at the opening: a wrong bucket, organisation or token from one that does not answer', async () => {
    const open = async (wrong: Partial<TestBucket['options']>) => openInfluxVitalsStore({ ...bucket.options, ...wrong })
    for (const wrong of [{ bucket: 'no-such' }, { org: 'no-such' }, { token: 'no-such' }]) {
      await expect(open(wrong)).rejects.toMatchObject({
        code: 'PW_CONFIG_INVALID',
        message: expect.stringContaining('InfluxDB at'),
      })
    }
    await expect(open({ url: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
  })

  it('fails a write for now where a reply never comes, or comes from something else', async () => {
    let reply: ((status: number) => void) | undefined
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/api/v2/query') === true) {
        response.writeHead(200, { 'content-type': 'text/csv' }).end('\r\n')
        return
      }
      request.resume()
      reply?.(0)
      if (request.headers['authorization'] === 'Token broken') response.writeHead(502).end('bad gateway')
      if (request.headers['authorization'] === 'Token revoked') response.writeHead(401).end('{}')
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    for (const token of ['silent', 'broken', 'revoked']) {
      const options = { url: `http://127.0.0.1:${port}`, token, org: 'o', bucket: 'b', writeTimeoutMs: 200 }
      const store = await openInfluxVitalsStore(options)
      const asked = new Promise<void>((resolve) => {
        reply = () => resolve()
      })
      await expect(store.write(writeOf([message(0)]))).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
      await asked
      await store.close()
    }
    server.closeAllConnections()
    server.close()
  })

  it('gets its bucket and retention by a command that may be run again', async () => {
    const options = { ...bucket.options, bucket: `${bucket.options.bucket}-made` }
    expect(await setUpInfluxBucket(options, 0)).toMatchObject({ was: 'made' })
    expect(await setUpInfluxBucket(options, 0)).toMatchObject({ was: 'as it should be' })
    expect(await setUpInfluxBucket(options, 30)).toMatchObject({ was: 'changed', retentionDays: 30 })
    expect(await setUpInfluxBucket(options, 30)).toMatchObject({ was: 'as it should be' })
    await (await openInfluxVitalsStore(options)).close()
    await expect(setUpInfluxBucket({ ...options, token: 'no-such' }, 0)).rejects.toMatchObject({
      code: 'PW_CONFIG_INVALID',
    })
    await expect(setUpInfluxBucket({ ...options, org: 'no-such' }, 0)).rejects.toMatchObject({
      code: 'PW_CONFIG_INVALID',
    })
    const away = setUpInfluxBucket({ ...options, url: 'http://127.0.0.1:1' }, 0)
    await expect(away).rejects.toMatchObject({ code: 'PW_STORE_UNAVAILABLE' })
  })
})
