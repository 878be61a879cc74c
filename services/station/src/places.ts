import { fileURLToPath } from 'node:url'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The built dashboard, which the API serves. */
export const DASHBOARD_DIRECTORY = here('../../dashboard/dist-web')

/** Settings of the engines that `npm run engines:up` started. */
export const ENGINES_FILE = here('../../../.engines/env')

/** The compiled module of a process of the station. */
export function processModule(name: 'broker' | 'detector' | 'core' | 'demo' | 'notifier' | 'prover'): string {
  return here(`../dist/processes/${name}.js`)
}
