import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configurationPage } from './configuration-page.ts'

// Part of `npm run schemas`.
writeFileSync(
  fileURLToPath(new URL('../../../../docs/reference/configuration.md', import.meta.url)),
  configurationPage(),
)
