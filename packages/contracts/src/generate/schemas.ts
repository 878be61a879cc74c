import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publishedFiles } from './published.ts'

/** Writes the files that are published for device builders and readers of the docs: `npm run schemas`. */
const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')
for (const [path, text] of Object.entries(publishedFiles())) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  process.stdout.write(`${path}\n`)
}
