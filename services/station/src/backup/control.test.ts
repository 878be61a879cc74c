import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSilentLogger, type Running } from '@pulsewire/runtime'
import { openEmbeddedVitalsStore, type VitalsStore } from '@pulsewire/vitals-store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONTROL_FILE, startBackupControl, whileAtRest } from './control.ts'

let directory: string
let store: VitalsStore
let control: Running
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-control-'))
  store = await openEmbeddedVitalsStore({ directory: join(directory, 'store') })
  control = await startBackupControl({ dataDirectory: directory, store, logger: createSilentLogger() })
})
afterEach(async () => {
  await control.stop()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A write of nothing but a position; says when it is done. */
function write(offset: number): { readonly isDone: boolean; readonly done: Promise<unknown> } {
  let isDone = false
  const done = store.write({ positions: [{ topic: 'telemetry', partition: 0, offset }] }).then(() => (isDone = true))
  return {
    get isDone() {
      return isDone
    },
    done,
  }
}
const filesNow = (): string => {
  const { size, mtimeMs } = statSync(join(directory, 'store/store.duckdb'))
  const wal = statSync(join(directory, 'store/store.duckdb.wal'), { throwIfNoEntry: false })
  return [size, mtimeMs, wal?.size, wal?.mtimeMs].join(' ')
}

describe('the store at rest', () => {
  it('changes nothing in its files and answers on, and takes what waited when the work is done', async () => {
    await write(1).done
    let waiting = write(1)
    await whileAtRest(directory, async () => {
      const before = filesNow()
      waiting = write(2)
      expect(await store.positions(['telemetry'])).toHaveLength(1)
      await store.vitals({ patient: 'p', codes: ['spo2'], from: 0, to: 1 })
      expect([waiting.isDone, filesNow()]).toEqual([false, before])
    })
    await waiting.done
    expect(await store.positions(['telemetry'])).toMatchObject([{ offset: 2 }])
  })

  it('rests no longer than there is somebody who copies: a work that fails ends it', async () => {
    const failing = whileAtRest(directory, () => Promise.reject(new Error('the disk is full')))
    await expect(failing).rejects.toThrow('the disk is full')
    await write(1).done
  })

  it('is worth nothing where the station stops in the middle', async () => {
    const rested = vi.fn<() => void>()
    const copying = whileAtRest(directory, async () => {
      rested()
      await control.stop()
    })
    await expect(copying).rejects.toThrow(/a station runs on these data, and/)
    expect(rested).toHaveBeenCalledTimes(1)
  })

  it('is for who can read the data directory alone', async () => {
    const path = join(directory, CONTROL_FILE)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const { port } = JSON.parse(readFileSync(path, 'utf8')) as { port: number }
    writeFileSync(path, JSON.stringify({ port, token: 'a guess' }))
    await expect(whileAtRest(directory, () => Promise.resolve())).rejects.toThrow('it answered 401')
  })

  it('says that there is nobody to ask', async () => {
    await control.stop()
    await expect(whileAtRest(directory, () => Promise.resolve())).rejects.toMatchObject({
      code: 'PW_STORE_UNAVAILABLE',
    })
  })
})
