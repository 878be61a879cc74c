import { execFile } from 'node:child_process'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../../services/detector/dist/replay/main.js')

/** `npm run replay -- alarm ID`, without npm: the code that it ends with, and what it says. */
export function replayAlarm(
  id: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, PULSEWIRE_LOG_LEVEL: 'warn', ...env }, timeout: 60_000 }
    const child = execFile(process.execPath, [MAIN, 'alarm', id], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
