import { describe, expect, it } from 'vitest'
import { flag, integer, parseConfig, port, sharedConfig } from './config.ts'

describe('parseConfig', () => {
  const shape = { ...sharedConfig, PULSEWIRE_HTTP_PORT: port.default(8080), PULSEWIRE_SPOOL: flag.default(false) }

  it('takes the defaults where nothing is set, or set to nothing', () => {
    const config = parseConfig(shape, { PULSEWIRE_HTTP_PORT: '' })
    expect(config.PULSEWIRE_HTTP_PORT).toBe(8080)
    expect(config.PULSEWIRE_HOST).toBe('127.0.0.1')
    expect(config.PULSEWIRE_SPOOL).toBe(false)
  })

  it('takes what is set', () => {
    const config = parseConfig(shape, { PULSEWIRE_HTTP_PORT: '0', PULSEWIRE_SPOOL: '1' })
    expect(config.PULSEWIRE_HTTP_PORT).toBe(0)
    expect(config.PULSEWIRE_SPOOL).toBe(true)
  })

  it('names every bad variable and what it is', () => {
    const env = { PULSEWIRE_HTTP_PORT: '80a', PULSEWIRE_SPOOL: 'yes', PULSEWIRE_LOG_LEVEL: 'loud' }
    expect(() => parseConfig(shape, env)).toThrow(
      /PULSEWIRE_LOG_LEVEL: .*PULSEWIRE_HTTP_PORT: .*"80a".*PULSEWIRE_SPOOL: must be 0 or 1/,
    )
  })

  it('keeps numbers within their bounds', () => {
    expect(() => parseConfig({ A: integer(1, 9) }, { A: '10' })).toThrow(/A: /)
    expect(() => parseConfig({ A: port }, { A: '65536' })).toThrow(/A: /)
  })
})
