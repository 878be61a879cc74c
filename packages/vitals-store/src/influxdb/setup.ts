import { PulsewireError } from '@pulsewire/contracts'
import type { InfluxStoreOptions } from './options.ts'

const DAY_SECONDS = 86_400
const TIMEOUT_MS = 10_000

/** What was done to the bucket. */
export interface BucketReport {
  readonly bucket: string
  readonly was: 'made' | 'changed' | 'as it should be'
  /** 0 = kept for ever. */
  readonly retentionDays: number
}

/**
 * Makes the bucket where it is missing, and gives it its retention; run again, it changes nothing. The token must be allowed to write
 * buckets of the organisation. PW_CONFIG_INVALID where it is not, or the organisation is unknown; PW_STORE_UNAVAILABLE where InfluxDB
 * does not answer. What the recorder keeps of its own (the ledger) lies beyond any retention.
 */
export async function setUpInfluxBucket(options: InfluxStoreOptions, retentionDays: number): Promise<BucketReport> {
  const { org, bucket } = options
  const everySeconds = retentionDays * DAY_SECONDS
  const retentionRules = everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }]
  const orgId = first(await call(options, 'GET', `orgs?org=${encodeURIComponent(org)}`), 'orgs')?.get('id')
  if (typeof orgId !== 'string') {
    throw new PulsewireError('PW_CONFIG_INVALID', `InfluxDB has no organisation ${org}, or the token may not see it`)
  }
  const query = `orgID=${encodeURIComponent(orgId)}&name=${encodeURIComponent(bucket)}`
  const known = first(await call(options, 'GET', `buckets?${query}`), 'buckets')
  if (known === undefined) {
    await call(options, 'POST', 'buckets', { orgID: orgId, name: bucket, retentionRules })
    return { bucket, was: 'made', retentionDays }
  }
  if (retentionSeconds(known.get('retentionRules')) === everySeconds) {
    return { bucket, was: 'as it should be', retentionDays }
  }
  await call(options, 'PATCH', `buckets/${encodeURIComponent(String(known.get('id')))}`, { retentionRules })
  return { bucket, was: 'changed', retentionDays }
}

type Fields = ReadonlyMap<string, unknown>

async function call(options: InfluxStoreOptions, method: string, path: string, body?: object): Promise<Fields> {
  const { url, token } = options
  const answer = await fetch(new URL(`api/v2/${path}`, url.endsWith('/') ? url : `${url}/`), {
    method,
    headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error)
    throw new PulsewireError('PW_STORE_UNAVAILABLE', `InfluxDB at ${url} does not answer: ${detail}`, { cause: error })
  })
  const text = await answer.text()
  // What a list does not find is for the caller to say.
  if (answer.status === 404 && method === 'GET') return new Map()
  if (answer.status === 401 || answer.status === 403) {
    const detail = `the token may not do this in InfluxDB (${method} ${path.replace(/\?.*/, '')}): ${text.slice(0, 300)}`
    throw new PulsewireError('PW_CONFIG_INVALID', detail)
  }
  if (!answer.ok) {
    const code = answer.status >= 500 || answer.status === 429 ? 'PW_STORE_UNAVAILABLE' : 'PW_CONFIG_INVALID'
    throw new PulsewireError(code, `InfluxDB: ${answer.status} ${text.slice(0, 300)}`)
  }
  return fieldsOf(text === '' ? {} : JSON.parse(text))
}

function first(answer: Fields, list: string): Fields | undefined {
  const found: unknown = answer.get(list)
  return Array.isArray(found) && found.length > 0 ? fieldsOf(found[0]) : undefined
}

function fieldsOf(value: unknown): Fields {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

function retentionSeconds(rules: unknown): number {
  const seconds = Array.isArray(rules) && rules.length > 0 ? fieldsOf(rules[0]).get('everySeconds') : 0
  return typeof seconds === 'number' ? seconds : -1
}
