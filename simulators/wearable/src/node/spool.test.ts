import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  statSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { UplinkMessage } from '@pulsewire/contracts'
import { createSpool, type Spool } from './spool.ts'
import { openSpoolFiles } from './spool-file.ts'

const message = (seq: number): UplinkMessage => ({
  kind: 'event',
  message: { boot: 'b', seq, at: 1_760_000_000_000 + seq, event: 'test' },
})
const seqOf = (uplink: UplinkMessage): number => uplink.message.seq ?? -1

function drain(spool: Spool): number[] {
  const seqs: number[] = []
  for (let next = spool.take(); next !== undefined; next = spool.take()) seqs.push(seqOf(next.uplink))
  return seqs
}

const directories: string[] = []
const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'pulsewire-spool-'))
  directories.push(path)
  return path
}
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('the spool', () => {
  it('loses nothing, keeps the order and never sends what is acknowledged, whatever the link does', () => {
    const step = fc.oneof(
      fc.constant('push' as const),
      fc.constant('take' as const),
      fc.constant('acknowledge' as const),
      fc.constant('rewind' as const),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const spool = createSpool({ capacity: 1000 })
        const acknowledged: number[] = []
        let inFlight: { index: number; seq: number }[] = []
        let pushed = 0
        for (const action of steps) {
          if (action === 'push') spool.push(message(pushed++))
          if (action === 'take') {
            const next = spool.take()
            if (next !== undefined) inFlight.push({ index: next.index, seq: seqOf(next.uplink) })
          }
          if (action === 'acknowledge') {
            const first = inFlight.shift()
            if (first !== undefined) {
              spool.acknowledge(first.index)
              acknowledged.push(first.seq)
            }
          }
          if (action === 'rewind') {
            spool.rewind()
            inFlight = []
          }
          expect(spool.inFlight).toBe(inFlight.length)
        }
        spool.rewind()
        expect([...acknowledged, ...drain(spool)]).toEqual(Array.from({ length: pushed }, (_, seq) => seq))
      }),
    )
  })

  it('gives up the oldest where it is full, and counts them', () => {
    const spool = createSpool({ capacity: 3 })
    for (let seq = 0; seq < 5; seq++) spool.push(message(seq))
    expect(drain(spool)).toEqual([2, 3, 4])
    expect(spool.dropped).toBe(2)
  })
})

describe('the spool on disk', () => {
  const open = (path: string): Spool => {
    const files = openSpoolFiles(path)
    return createSpool({
      capacity: 10_000,
      store: files.store,
      recovered: files.recovered,
      firstIndex: files.nextIndex,
    })
  }

  it('has everything unacknowledged again after a process that never closed it', () => {
    const path = directory()
    const before = open(path)
    for (let seq = 0; seq < 100; seq++) before.push(message(seq))
    for (let count = 0; count < 64; count++) {
      const entry = before.take()
      if (entry !== undefined) before.acknowledge(entry.index)
    }
    expect(drain(open(path))).toEqual(Array.from({ length: 36 }, (_, index) => 64 + index))
  })

  it('takes new messages after a run whose messages were all acknowledged', () => {
    const path = directory()
    const before = open(path)
    before.push(message(0))
    before.acknowledge(before.take()?.index ?? -1)
    before.close()
    const second = open(path)
    expect(second.size).toBe(0)
    second.push(message(1))
    second.close()
    expect(drain(open(path))).toEqual([1])
  })

  it.each(['cut', 'flipped', 'garbage'] as const)('steps over a tail that is %s', (damage) => {
    const path = directory()
    const before = open(path)
    for (let seq = 0; seq < 10; seq++) before.push(message(seq))
    const file = join(path, readdirSync(path)[0] ?? '')
    if (damage === 'cut') truncateSync(file, statSync(file).size - 3)
    if (damage === 'garbage') appendFileSync(file, Buffer.from([1, 2, 3]))
    if (damage === 'flipped') {
      const bytes = readFileSync(file)
      bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 0xff
      writeFileSync(file, bytes)
    }
    const files = openSpoolFiles(path)
    expect(files.damaged).toBe(1)
    const kept = damage === 'garbage' ? 10 : 9
    expect(files.recovered.map(({ uplink }) => seqOf(uplink))).toEqual(Array.from({ length: kept }, (_, seq) => seq))
  })

  it('deletes segments whose messages are all acknowledged', () => {
    const path = directory()
    const spool = open(path)
    const samples = new Int16Array(20_000)
    for (let seq = 0; seq < 120; seq++) {
      spool.push({
        kind: 'waveform',
        message: { boot: 'b', seq, at: 1_760_000_000_000, rateHz: 250, signals: [{ name: 'ppg', unit: '1', scale: 1, offset: 0, samples }] }, // prettier-ignore
      })
    }
    expect(readdirSync(path).length).toBeGreaterThan(3)
    for (let entry = spool.take(); entry !== undefined; entry = spool.take()) spool.acknowledge(entry.index)
    expect(readdirSync(path)).toHaveLength(1)
  })
})
