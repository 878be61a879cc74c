import { join } from 'node:path'
import { installGoProgram } from '../go-program.ts'

/** Toxiproxy's server, built from its Go module: a minute, once. */
export function installToxiproxy(): Promise<string> {
  const script = join(import.meta.dirname, 'get-toxiproxy.sh')
  return installGoProgram({
    name: 'toxiproxy',
    title: 'Toxiproxy',
    takes: 'a minute',
    script,
    binary: 'toxiproxy-server',
  })
}
