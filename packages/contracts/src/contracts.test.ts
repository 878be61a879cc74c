import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publishedFiles } from './generate/published.ts'
import {
  DERIVED_VITALS,
  ERRORS,
  ID_PATTERN,
  LOG_TOPICS,
  NUMERIC_VITALS,
  PulsewireError,
  UPLINK_KINDS,
  decodeTelemetryHeaders,
  deviceRoot,
  encodeTelemetryHeaders,
  findingId,
  isLate,
  limits,
  parseUplinkTopic,
  registryChange,
  unitOf,
  uplinkTopic,
} from './index.ts'
import { uplinkSchemas } from './messages.ts'
import { uplinkJsonSchema, violationOf } from './validators.ts'

const AT = 1_790_000_000_000
const id = fc.stringMatching(ID_PATTERN)

describe('published files', () => {
  it.each(Object.entries(publishedFiles()))('%s is what the contracts say (npm run schemas)', (path, text) => {
    expect(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')).toBe(text)
  })

  it('are schemas that a strict reader of 2020-12 takes', () => {
    for (const kind of UPLINK_KINDS) {
      expect(new Ajv2020({ strict: true, strictTypes: false }).compile(uplinkJsonSchema(kind))).toBeTypeOf('function')
    }
  })
})

describe('MQTT topics', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(id, fc.constantFrom(...UPLINK_KINDS), (device, kind) => {
        expect(parseUplinkTopic(uplinkTopic(device, kind))).toEqual({ device, kind })
        expect(uplinkTopic(device, kind).startsWith(deviceRoot(device))).toBe(true)
      }),
    )
  })

  it.each([
    '',
    'bsn/v1',
    'bsn/v1/d1',
    'bsn/v1/d1/',
    'bsn/v1/d1/command',
    'bsn/v1/d1/notice',
    'bsn/v2/d1/vitals',
    'bsn/v1//vitals',
    'bsn/v1/d 1/vitals',
    'bsn/v1/d1/vitals/',
    'bsn/v1/d1/__proto__',
    '/bsn/v1/d1/vitals',
    'bsn/v1/a/b/vitals',
  ])('refuse %j as an uplink', (topic) => {
    expect(parseUplinkTopic(topic)).toBeUndefined()
  })
})

describe('telemetry headers', () => {
  it('are read as they are written', () => {
    const headers = fc.record(
      {
        kind: fc.constantFrom(...UPLINK_KINDS),
        device: id,
        patient: id,
        boot: id,
        seq: fc.nat(),
        at: fc.nat(),
        time: fc.nat(),
        clockOffsetMs: fc.integer(),
        receivedAt: fc.nat(),
        encoding: fc.constantFrom('json' as const, 'cbor' as const),
      },
      { requiredKeys: ['kind', 'device', 'at', 'time', 'clockOffsetMs', 'receivedAt', 'encoding'] },
    )
    fc.assert(
      fc.property(headers, (each) => {
        expect(decodeTelemetryHeaders(encodeTelemetryHeaders(each))).toEqual(each)
      }),
    )
  })

  it('throw a TypeError where one is missing or no number', () => {
    const good = encodeTelemetryHeaders({
      kind: 'vitals',
      device: 'd',
      at: AT,
      time: AT,
      clockOffsetMs: 0,
      receivedAt: AT,
      encoding: 'json',
    })
    const { device: _device, ...missing } = good
    expect(() => decodeTelemetryHeaders(missing)).toThrow(TypeError)
    expect(() => decodeTelemetryHeaders({ ...good, time: 'noon' })).toThrow(TypeError)
    expect(() => decodeTelemetryHeaders({ ...good, kind: 'gossip' })).toThrow(TypeError)
  })

  it('count data as late that was old at receipt', () => {
    expect(isLate({ time: AT, receivedAt: AT + 2_000 })).toBe(false)
    expect(isLate({ time: AT, receivedAt: AT + 60_000 })).toBe(true)
  })
})

describe('schemas', () => {
  it('agree: what zod takes, the compiled validator takes, and the other way round', () => {
    const vitals = fc.record(
      {
        boot: fc.oneof(fc.constant('b1'), fc.string()),
        seq: fc.oneof(fc.nat(), fc.double()),
        at: fc.oneof(fc.constant(AT), fc.integer()),
        vitals: fc.dictionary(
          fc.constantFrom(...Object.keys(NUMERIC_VITALS), 'consciousness', 'mood'),
          fc.oneof(fc.integer({ min: -5, max: 400 }), fc.constantFrom('A', 'X', null)),
        ),
        quality: fc.dictionary(fc.string(), fc.double({ noNaN: true, min: -1, max: 2 })),
      },
      { requiredKeys: ['boot', 'at'] },
    )
    fc.assert(
      fc.property(vitals, (message) => {
        expect(violationOf('vitals', message) === undefined).toBe(uplinkSchemas.vitals.safeParse(message).success)
      }),
      { numRuns: 500 },
    )
  })

  it('keep device clocks that are not set, so that the edge can correct them', () => {
    expect(violationOf('vitals', { boot: 'b', seq: 0, at: 12_345, vitals: { spo2: 97 } })).toBeUndefined()
  })

  it('say what is wrong and where', () => {
    const message = { boot: 'b', seq: 0, at: AT, vitals: { heartRate: 720 } }
    expect(violationOf('vitals', message)).toBe('vitals.heartRate must be <= 350')
  })

  it('take no limit whose low is above its high', () => {
    expect(limits.safeParse({ heartRate: { low: 50, high: 120 } }).success).toBe(true)
    expect(limits.safeParse({ heartRate: { low: 120, high: 50 } }).success).toBe(false)
    expect(limits.safeParse({ mood: { low: 1 } }).success).toBe(false)
  })

  it('know a registry change by the kind of its entity', () => {
    const entity = { kind: 'patient', id: 'p1', name: 'A. Nurse' }
    const change = { changeId: 'c', expectedVersion: 0, by: 'admin', at: AT, entity }
    expect(registryChange.safeParse(change).success).toBe(true)
    expect(registryChange.safeParse({ ...change, entity: { ...entity, kind: 'ghost' } }).success).toBe(false)
  })
})

describe('tables', () => {
  it('have a unit for every code', () => {
    for (const code of [
      ...Object.keys(NUMERIC_VITALS),
      ...Object.keys(DERIVED_VITALS),
      'consciousness',
      'st.II',
      'quality.ppg',
    ]) {
      expect(unitOf(code)).toBeTypeOf('string')
    }
    expect(unitOf('mood')).toBeUndefined()
    expect(unitOf('toString')).toBeUndefined()
  })

  it('name errors whose class fits their status', () => {
    for (const [code, entry] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^PW_[A-Z_]+$/)
      expect(entry.class === 'transient').toBe([429, 503].includes(entry.status))
    }
    expect(new PulsewireError('PW_NOT_FOUND').message).toBe('Not found')
  })

  it('keep a patient’s topics in step: the same partition for all that is keyed by patient', () => {
    for (const topic of [
      'telemetry',
      'findings',
      'alarms',
      'staff-commands',
      'detector-state',
      'alarm-state',
      'evidence',
    ] as const) {
      expect(LOG_TOPICS[topic].partitioned).toBe(true)
    }
  })

  it('make ids of findings that fit in a URL and differ by patient, type, qualifier and onset', () => {
    expect(findingId('p1', 'limit', AT, 'spo2.low')).toBe(`p1.limit.spo2-low.${AT}`)
    expect(findingId('p1', 'asystole', AT)).not.toBe(findingId('p2', 'asystole', AT))
  })
})
