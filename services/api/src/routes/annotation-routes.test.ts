import type { StaffCommand } from '@pulsewire/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, startHarness } from '../testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  // A loaded machine is not to make a 202 of what the test is about.
  harness = await startHarness({ effectWithinMs: 20_000 })
  await harness.call('POST', 'patients', { body: { id: 'p1', name: 'Ada' } })
})
afterEach(async () => harness.stop())

const T0 = Date.now() - 3_600_000
const NOTE = { at: T0, text: 'chest pain', category: 'symptom' }
const write = async (body: object = NOTE) => harness.call('POST', 'patients/p1/annotations', { body })
const notes = async (query = '') =>
  (await harness.call('GET', `patients/p1/annotations${query}`)).json['annotations'] as Record<string, unknown>[]

async function commands(): Promise<StaffCommand[]> {
  const all: StaffCommand[] = []
  for (const { partition } of await harness.log.ends('staff-commands')) {
    for await (const records of harness.log.read('staff-commands', partition, { from: 0 })) {
      for (const { value } of records) if (value !== null) all.push(JSON.parse(Buffer.from(value).toString()))
    }
  }
  return all
}

describe('annotations', () => {
  it('a note is told at once, with who wrote it and when, and is in the log', async () => {
    const { status, json } = await write()
    expect(status).toBe(201)
    expect(json).toMatchObject({ ...NOTE, patient: 'p1', by: 'admin', version: 1, earlier: [] })
    expect(await notes()).toEqual([json])
    expect(await commands()).toMatchObject([{ type: 'annotation', patient: 'p1', by: 'admin', annotation: NOTE }])
  })

  it('a correction keeps what was said before; an older version is refused', async () => {
    const { json } = await write({ ...NOTE, signal: 'ecg.II' })
    const path = `patients/p1/annotations/${String(json['id'])}`
    const body = { version: 1, text: 'chest pain, left arm', until: T0 + 60_000, signal: null }
    const corrected = await harness.call('PATCH', path, { body })
    expect(corrected.json).toMatchObject({
      version: 2,
      text: 'chest pain, left arm',
      until: T0 + 60_000,
      at: T0,
      earlier: [{ version: 1, text: 'chest pain', by: 'admin', signal: 'ecg.II' }],
    })
    expect(corrected.json).not.toHaveProperty('signal')
    expect((await harness.call('PATCH', path, { body })).json['code']).toBe('PW_CONFLICT')
    expect(await notes()).toEqual([corrected.json])
  })

  it('a note that was wrong is struck out: it stays, and cannot be changed any more', async () => {
    const { json } = await write()
    const path = `patients/p1/annotations/${String(json['id'])}`
    const struck = await harness.call('DELETE', `${path}?version=1`)
    expect(struck.json).toMatchObject({ version: 2, struck: true, text: 'chest pain', earlier: [{ version: 1 }] })
    expect(await notes()).toEqual([struck.json])
    const again = await harness.call('PATCH', path, { body: { version: 2, text: 'it was right' } })
    expect(again.json['code']).toBe('PW_CONFLICT')
  })

  it('a range has the notes that overlap it as they stand now, whatever their earlier versions covered', async () => {
    const { json } = await write({ ...NOTE, until: T0 + 1_800_000 })
    await write({ ...NOTE, text: 'walks' })
    const later = `?from=${T0 + 1_000_000}`
    expect((await notes(later)).map(({ text }) => text)).toEqual(['chest pain'])
    const body = { version: 1, until: T0 + 60_000 }
    await harness.call('PATCH', `patients/p1/annotations/${String(json['id'])}`, { body })
    expect(await notes(later)).toEqual([])
    expect(await notes(`?from=${T0 + 30_000}&to=${T0 + 90_000}`)).toMatchObject([{ version: 2 }])
  })

  it('what the store has and what was heard since come together, each once', async () => {
    await write()
    harness.data.staff.push(...(await commands()))
    await write({ ...NOTE, text: 'walks' })
    expect((await notes()).map(({ text }) => text)).toEqual(['chest pain', 'walks'])
  })

  it('refuses what is wrong, field by field, and who may not treat', async () => {
    expect((await write({ ...NOTE, text: ' ' })).json['errors']).toMatchObject([{ field: 'text' }])
    expect((await write({ ...NOTE, category: 'gossip' })).json['errors']).toMatchObject([{ field: 'category' }])
    expect((await write({ ...NOTE, at: Date.now() + 3_600_000 })).json['code']).toBe('PW_REQUEST_INVALID')
    expect((await write({ ...NOTE, until: T0 - 1 })).json['code']).toBe('PW_REQUEST_INVALID')
    const nobody = await harness.call('POST', 'patients/nobody/annotations', { body: NOTE })
    expect(nobody.status).toBe(404)
    const token = await harness.tokenOf('viewer')
    expect((await harness.call('POST', 'patients/p1/annotations', { body: NOTE, token })).status).toBe(403)
    expect((await harness.call('GET', 'patients/p1/annotations', { token })).status).toBe(200)
    const analyst = await harness.tokenOf('analyst')
    expect((await harness.call('GET', 'patients/p1/annotations', { token: analyst })).status).toBe(403)
    expect(await notes()).toEqual([])
  })
})
