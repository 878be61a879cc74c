import { describe, expect, it } from 'vitest'
import { requireTools, run } from './command.ts'

describe('commands', () => {
  it('are named where the machine has them not, with what needs them', () => {
    expect(() => requireTools(['node'], 'This test')).not.toThrow()
    expect(() => requireTools(['node', 'no-such-tool', 'nor-this'], 'Building a thing')).toThrow(
      "Building a thing needs no-such-tool, nor-this, not found on this machine's PATH",
    )
  })

  it('that fail say what they printed', async () => {
    const failing = run(process.execPath, ['-e', 'console.log("first"); console.error("then"); process.exit(2)'])
    await expect(failing).rejects.toThrow(/first\n.*then/s)
  })
})
