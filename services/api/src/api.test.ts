import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHarness, type Harness } from './testing/harness.ts'

describe('smoke', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await startHarness()
  })
  afterAll(() => harness.stop())
  test('patients', async () => {
    const created = await harness.call('POST', 'patients', { body: { name: 'M. Reyes' } })
    expect(created.json).toMatchObject({ name: 'M. Reyes' })
    expect((await harness.call('GET', 'patients')).json).toMatchObject({ patients: [{ name: 'M. Reyes' }] })
    expect((await harness.call('GET', '/readyz')).json).toMatchObject({ ok: true })
    expect((await harness.call('GET', 'openapi.json')).json).toMatchObject({ openapi: '3.1.0' })
    expect((await harness.call('GET', 'nope')).json).toMatchObject({ code: 'PW_NOT_FOUND' })
  })
})
