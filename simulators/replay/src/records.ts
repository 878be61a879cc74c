import { fileURLToPath } from 'node:url'

/** The excerpts that come with Pulsewire (`records/SOURCES.md`). */
export const BUNDLED_RECORDS = ['101', '115', '119', '201', '205'] as const
export type BundledRecord = (typeof BUNDLED_RECORDS)[number]

/** Path without extension, for `readRecord` and `startReplay`. */
export function bundledRecord(name: BundledRecord): string {
  return fileURLToPath(new URL(`../records/${name}`, import.meta.url))
}
