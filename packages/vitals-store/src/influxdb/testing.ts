import { randomUUID } from 'node:crypto'
import type { InfluxStoreOptions } from './options.ts'
import { setUpInfluxBucket } from './setup.ts'

/** For tests on a real InfluxDB, whose address is in the environment (`npm run test:engines`): a bucket of their own. */
export interface TestBucket {
  readonly options: InfluxStoreOptions
  /** Asks Flux as an analyst would; the answer is CSV. */
  query(flux: string): Promise<string>
  remove(): Promise<void>
}

export async function createTestBucket(retentionDays = 0): Promise<TestBucket> {
  const options = { ...testInflux(), bucket: `test-${randomUUID()}` }
  await setUpInfluxBucket(options, retentionDays)
  const call = async (method: string, path: string, body?: string, type = 'application/json') => {
    const headers = {
      authorization: `Token ${options.token}`,
      'content-type': type,
      accept: 'application/csv, application/json',
    }
    const answer = await fetch(new URL(`api/v2/${path}`, options.url), { method, headers, ...(body && { body }) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text
  }
  const org = encodeURIComponent(options.org)
  return {
    options,
    query: async (flux) => call('POST', `query?org=${org}`, flux, 'application/vnd.flux'),
    async remove() {
      const found: { buckets: { id: string }[] } = JSON.parse(
        await call('GET', `buckets?org=${org}&name=${options.bucket}`),
      )
      for (const { id } of found.buckets) await call('DELETE', `buckets/${id}`)
    },
  }
}

function testInflux(): Omit<InfluxStoreOptions, 'bucket'> {
  const variable = (name: string) => {
    const value = process.env[`PULSEWIRE_TEST_INFLUX_${name}`]
    if (value === undefined) throw new Error(`PULSEWIRE_TEST_INFLUX_${name} is not set: run npm run test:engines`)
    return value
  }
  return { url: variable('URL'), token: variable('TOKEN'), org: variable('ORG') }
}
