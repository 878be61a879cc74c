import type { Association, Patient, RegistryChange } from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  associate,
  createRegistryReducer,
  devicesAt,
  newDeviceSecret,
  openRegistryView,
  patientAt,
  verifyDeviceSecret,
  type RegistryState,
} from './index.ts'

const T0 = 1_790_000_000_000
const patient = (id: string, name = id): Patient => ({ kind: 'patient', id, name })
const change = (entity: RegistryChange['entity'], expectedVersion: number, changeId = 'c'): RegistryChange => ({
  changeId,
  expectedVersion,
  by: 'admin',
  at: T0,
  entity,
})

/** What a view holds after these changes. */
function stateAfter(...changes: readonly RegistryChange[]): RegistryState {
  const reducer = createRegistryReducer()
  for (const each of changes) reducer.apply(each)
  return reducer.state
}

describe('reducer', () => {
  it('lets the first of two changes that follow the same version win', () => {
    const state = stateAfter(
      change(patient('p1', 'A'), 0),
      change(patient('p1', 'B'), 1),
      change(patient('p1', 'C'), 1),
    )
    expect(state.patients.get('p1')).toMatchObject({ version: 2, entity: { name: 'B' } })
  })

  it('goes on after a change that was lost to damage', () => {
    const state = stateAfter(
      change(patient('p1', 'A'), 0),
      change(patient('p1', 'C'), 2),
      change(patient('p1', 'B'), 1),
    )
    expect(state.patients.get('p1')).toMatchObject({ version: 3, entity: { name: 'C' } })
  })

  it('says of each change whether it took effect, and one that did not leaves no trace', () => {
    const changes = fc.array(
      fc.record({ id: fc.constantFrom('p1', 'p2'), expectedVersion: fc.nat(4), name: fc.string({ minLength: 1 }) }),
    )
    fc.assert(
      fc.property(changes, (list) => {
        const reducer = createRegistryReducer()
        const effective = list
          .map(({ id, name, expectedVersion }) => change(patient(id, name), expectedVersion))
          .filter((each) => reducer.apply(each))
        expect(stateAfter(...effective)).toEqual(reducer.state)
      }),
    )
  })
})

describe('associations', () => {
  const stateOf = (spans: Association['spans']): RegistryState =>
    stateAfter(change({ kind: 'association', id: 'd1', spans }, 0))

  it('say who wore the device at the time of the data', () => {
    const state = stateOf(associate(associate(associate([], 'p1', 100), 'p2', 200), null, 300))
    expect([50, 100, 199, 200, 299, 300].map((time) => patientAt(state, 'd1', time))).toEqual([
      undefined, 'p1', 'p1', 'p2', 'p2', undefined,
    ]) // prettier-ignore
    expect(devicesAt(state, 'p2', 250)).toEqual(['d1'])
    expect(devicesAt(state, 'p2', 150)).toEqual([])
    expect(patientAt(state, 'other', 150)).toBeUndefined()
  })

  it('keep what was known to begin later when history is put right', () => {
    const state = stateOf(associate(associate([], 'p2', 200), 'p1', 100))
    expect(patientAt(state, 'd1', 150)).toBe('p1')
    expect(patientAt(state, 'd1', 250)).toBe('p2')
  })

  it('answer with the latest entry that began before, whatever the order of entry', () => {
    const entries = fc.uniqueArray(fc.record({ patient: fc.constantFrom('a', 'b', null), from: fc.nat(50) }), {
      selector: ({ from }) => from,
    })
    fc.assert(
      fc.property(entries, fc.nat(60), (list, time) => {
        const state = stateOf(
          list.reduce<Association['spans']>((spans, { patient: who, from }) => associate(spans, who, from), []),
        )
        const latest = list.filter(({ from }) => from <= time).sort((a, b) => b.from - a.from)[0]
        expect(patientAt(state, 'd1', time)).toBe(latest?.patient ?? undefined)
      }),
    )
  })
})

describe('device secrets', () => {
  it('have 256 bits and are known by their hash alone', () => {
    const { secret, sha256 } = newDeviceSecret()
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(verifyDeviceSecret({ secretSha256: sha256 }, secret)).toBe(true)
    expect(verifyDeviceSecret({ secretSha256: sha256 }, `${secret}x`)).toBe(false)
    expect(verifyDeviceSecret({ secretSha256: sha256 }, newDeviceSecret().secret)).toBe(false)
  })
})

describe('view', () => {
  let log: EventLog
  beforeEach(() => {
    log = createMemoryEventLog()
  })
  afterEach(() => log.close())

  it('has a change once it is written, and so has another view once it has caught up', async () => {
    const [one, two] = [await openRegistryView(log), await openRegistryView(log)]
    const written = await one.change(patient('p1'), { expectedVersion: 0, by: 'admin' })
    expect(written).toMatchObject({ version: 1, entity: { id: 'p1' }, by: 'admin' })
    expect(one.state.patients.has('p1')).toBe(true)
    await two.catchUp()
    expect(two.state.patients.has('p1')).toBe(true)
    await Promise.all([one.close(), two.close()])
  })

  it('lets exactly one of several that change the same version win', async () => {
    const views = await Promise.all([openRegistryView(log), openRegistryView(log), openRegistryView(log)])
    const results = await Promise.allSettled(
      views.map((view, index) => view.change(patient('p1', `name ${index}`), { expectedVersion: 0, by: 'admin' })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'PW_CONFLICT' })
    }
    await Promise.all(views.map((view) => view.catchUp()))
    expect(new Set(views.map((view) => view.state.patients.get('p1')?.entity.name)).size).toBe(1)
    await Promise.all(views.map((view) => view.close()))
  })

  it('is rebuilt from the log', async () => {
    const first = await openRegistryView(log)
    await first.change(patient('p1', 'A'), { expectedVersion: 0, by: 'admin' })
    await first.change(patient('p1', 'B'), { expectedVersion: 1, by: 'admin' })
    await first.close()
    const second = await openRegistryView(log)
    expect(second.state.patients.get('p1')).toMatchObject({ version: 2, entity: { name: 'B' } })
    await second.close()
  })

  it('tells of each change that took effect, and steps over what is none', async () => {
    const errors: Error[] = []
    const view = await openRegistryView(log, { onError: (error) => errors.push(error) })
    const heard: string[] = []
    view.onChange(({ entity }) => heard.push(entity.id))
    await log.append('registry', [{ key: 'junk', headers: {}, value: Buffer.from('{"kind":') }])
    await view.change(patient('p1'), { expectedVersion: 0, by: 'admin' })
    await expect(view.change(patient('p1'), { expectedVersion: 0, by: 'admin' })).rejects.toMatchObject({
      code: 'PW_CONFLICT',
    })
    expect(heard).toEqual(['p1'])
    expect(errors).toHaveLength(1)
    await view.close()
  })
})
