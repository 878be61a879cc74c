import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startHarness } from '../testing/harness.ts'
import { operationTypes, type OpenApiDocument } from './operations.ts'

// Part of `npm run schemas`: the calls of the API as types, for the dashboard.
const harness = await startHarness()
try {
  const { text } = await harness.call('GET', 'openapi.json', { token: null })
  writeFileSync(
    fileURLToPath(new URL('../../../dashboard/src/api/operations.ts', import.meta.url)),
    await operationTypes(JSON.parse(text) as OpenApiDocument),
  )
} finally {
  await harness.stop()
}
