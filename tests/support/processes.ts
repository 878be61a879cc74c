import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The processes that `parent` started, by the name of their module (`core.js` = core). */
export async function childrenOf(parent: number): Promise<{ pid: number; name: string }[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='])
  return stdout.split('\n').flatMap((line) => {
    const [pid, ppid, state = '', ...command] = line.trim().split(/\s+/)
    const module = command.find((word) => word.endsWith('.js'))
    if (Number(ppid) !== parent || state.startsWith('Z') || module === undefined) return []
    return [{ pid: Number(pid), name: basename(module, '.js') }]
  })
}
