import { execFileSync } from 'node:child_process'
import { ROOT, readText } from './tree.ts'

export const DOCKERFILE = 'infra/Dockerfile'

/** The instructions of the Dockerfile, each with its continued lines as one, without comments. */
export function instructions(text: string = readText(DOCKERFILE)): { name: string; rest: string }[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
      return { name, rest }
    })
}

/** The commands between `# replay: begin` and `# replay: end`: what makes of the sources what runs. */
export function buildCommands(text: string = readText(DOCKERFILE)): string[] {
  const [, between] = /# replay: begin\n([\s\S]*?)# replay: end/.exec(text) ?? []
  if (between === undefined) throw new Error('the Dockerfile has no replay marks')
  return instructions(between).map(({ name, rest }) => {
    if (name !== 'RUN') throw new Error(`${name} cannot be replayed`)
    return rest
  })
}

/** What of the working tree Docker would be sent: the tracked and new files that Dockerfile.dockerignore lets through. */
export function contextFiles(): string[] {
  const rules = readText(`${DOCKERFILE}.dockerignore`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' })
  // The last rule that fits a file, or a folder that it is in, counts.
  return listed
    .split('\0')
    .filter((file) => file !== '' && (rules.findLast(({ pattern }) => pattern.test(file))?.keeps ?? true))
}

function patternOf(glob: string): RegExp {
  const body = glob
    .split('/')
    .map((part) =>
      part === '**' ? '(?:.*/)?' : `${part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}/`,
    )
    .join('')
    .replace(/\/$/, '')
  return new RegExp(`^${body}(?:/|$)`)
}
