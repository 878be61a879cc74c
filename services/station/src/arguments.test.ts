import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { applyArguments } from './arguments.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pulsewire-arguments-'))
  file = join(directory, 'env')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

describe('npm start --', () => {
  it('--engines takes the settings of the engines that run; what is set already stays', () => {
    vi.stubEnv('PULSEWIRE_TEST_LOG', undefined)
    vi.stubEnv('PULSEWIRE_TEST_BUCKET', 'mine')
    writeFileSync(file, 'PULSEWIRE_TEST_LOG=kafka\nPULSEWIRE_TEST_BUCKET=theirs\n')
    applyArguments(['--engines'], file)
    expect(process.env['PULSEWIRE_TEST_LOG']).toBe('kafka')
    expect(process.env['PULSEWIRE_TEST_BUCKET']).toBe('mine')
  })

  it('--engines without engines says how to start them', () => {
    expect(() => applyArguments(['--engines'], file)).toThrow(/engines:up/)
  })

  it('refuses what it does not know, and takes nothing', () => {
    expect(() => applyArguments(['--engine'], file)).toThrow(/--engine;/)
    applyArguments([], file)
  })
})
