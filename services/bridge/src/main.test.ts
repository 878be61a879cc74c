import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const MAIN = join(import.meta.dirname, '../dist/main.js')

/** Its exit code and what it said. */
async function run(env: Record<string, string>): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, said }
}

describe('the bridge as a process of its own', () => {
  it('does not start without the address of a broker, nor with a bad value, and says which', async () => {
    const [none, bad] = await Promise.all([
      run({}),
      run({ PULSEWIRE_BRIDGE_URL: 'mqtt://127.0.0.1:1', PULSEWIRE_BRIDGE_CA_FILE: '/nowhere' }),
    ])
    expect([none.code, bad.code]).toEqual([2, 2])
    expect(none.said).toContain('PULSEWIRE_BRIDGE_URL')
    expect(bad.said).toContain('PULSEWIRE_BRIDGE_CA_FILE')
  })
})
