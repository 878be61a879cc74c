import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Where the machine has a program, or undefined. */
export function findTool(name: string, furtherDirectories: readonly string[] = []): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...furtherDirectories]
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

/** Throws, naming what is missing on the machine and what needs it. */
export function requireTools(tools: readonly string[], purpose: string): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined)
  if (missing.length > 0) throw new Error(`${purpose} needs ${missing.join(', ')}, not found on this machine's PATH`)
}

/** Runs a command to its end and answers its standard output; a failure carries what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, [...args], { ...options, maxBuffer: MAX_OUTPUT_BYTES })
    return stdout
  } catch (error) {
    const printed = outputOf(error)
    throw new Error(`${command} ${args.join(' ')} failed:\n${printed.slice(-4_000)}`, { cause: error })
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stdout = 'stdout' in error ? String(error.stdout) : ''
  const stderr = 'stderr' in error ? String(error.stderr) : ''
  return `${error.message}\n${stdout}${stderr}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
