import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { buildCommands, contextFiles, instructions } from './dockerfile.ts'
import { ROOT, readText } from './tree.ts'

const text = readText('infra/Dockerfile')
const all = instructions()
const lastStage = all.slice(all.findLastIndex(({ name }) => name === 'FROM'))
const theLast = (name: string): string => lastStage.findLast((instruction) => instruction.name === name)?.rest ?? ''

describe('the Dockerfile', () => {
  it('has nothing that its linter objects to', () => {
    expect(validate(text)).toEqual([])
    expect(validate('FROM a\nCOPPY b c')).not.toEqual([])
  })

  it('starts from images of one exact version, a slim one of a Node that is supported for long', () => {
    const [, version = ''] = /^ARG NODE_VERSION=(.+)$/m.exec(text) ?? []
    expect(version).toMatch(/^2[02]\.\d+\.\d+$/)
    const bases = all.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0])
    expect(bases).toEqual(Array.from({ length: 2 }, () => 'node:${NODE_VERSION}-bookworm-slim'))
  })

  it('ends as a user by number who is not root, with a health check and a signal to stop', () => {
    expect(theLast('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(theLast('HEALTHCHECK')).toContain('infra/docker/healthcheck.mjs')
    expect(theLast('STOPSIGNAL')).toBe('SIGTERM')
    expect(JSON.parse(theLast('ENTRYPOINT'))).toEqual(['/usr/bin/tini', '--', 'node'])
    expect(lastStage.slice(lastStage.findIndex(({ name }) => name === 'USER')).map(({ name }) => name)).not.toContain(
      'RUN',
    )
  })

  it('holds no secret', () => {
    expect(all.filter(({ name, rest }) => /^(ENV|ARG)$/.test(name) && /PASSWORD|TOKEN|SECRET/i.test(rest))).toEqual([])
  })
})

describe('what Docker is sent', () => {
  const files = contextFiles()

  it('is what the build needs, and neither tests nor secrets nor what was built here', () => {
    for (const file of [
      'package-lock.json',
      'tsconfig.base.json',
      'services/broker/src/main.ts',
      'infra/docker/strip.mjs',
    ]) {
      expect(files).toContain(file)
    }
    expect(files.filter((file) => /\.test\.ts$|(^|\/)\.env|^docs\/|^tests\/|node_modules|\/dist\//.test(file))).toEqual(
      [],
    )
  })

  it('has every script that the build calls', () => {
    const scripts = buildCommands().flatMap((command) => command.match(/\binfra\/\S+\.mjs/g) ?? [])
    expect(scripts.length).toBeGreaterThan(1)
    for (const script of scripts)
      expect([script, existsSync(join(ROOT, script)), files.includes(script)]).toEqual([script, true, true])
  })
})
