#!/usr/bin/env node
// usage: node infra/records/make-excerpts.mjs DIRECTORY_OF_THE_MIT_BIH_ARRHYTHMIA_DATABASE
// Cuts the excerpts in simulators/replay/records out of the original records: samples as they are (format 212), annotations of the same
// interval counted from its first sample, with the rhythm label that was in force there. Build packages/wfdb first (`npm run build`).
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readAnnotations, readRecord, writeAnnotations, writeRecord } from '@pulsewire/wfdb'

const EXCERPTS = [
  { name: '101', fromS: 0, toS: 310 },
  { name: '115', fromS: 0, toS: 180 },
  { name: '119', fromS: 0, toS: 180 },
  { name: '201', fromS: 0, toS: 240 },
  { name: '205', fromS: 210, toS: 390 },
]
const RHYTHM = '+'

const source = process.argv[2]
if (source === undefined) {
  console.error('usage: make-excerpts.mjs DIRECTORY_OF_THE_MIT_BIH_ARRHYTHMIA_DATABASE')
  process.exit(2)
}
const target = fileURLToPath(new URL('../../simulators/replay/records', import.meta.url))
await mkdir(target, { recursive: true })

for (const { name, fromS, toS } of EXCERPTS) {
  const path = join(source, name)
  const rate = (await readRecord(path, { fromSample: 0, toSample: 1 })).rateHz
  const [from, to] = [fromS * rate, toS * rate]
  const record = await readRecord(path, { fromSample: from, toSample: to })
  const annotations = await readAnnotations(path, 'atr')
  const inForce = annotations.filter(({ sample, symbol }) => symbol === RHYTHM && sample < from).at(-1)
  const inside = annotations
    .filter(({ sample }) => sample >= from && sample < to)
    .map((annotation) => ({ ...annotation, sample: annotation.sample - from }))
  const { fromSample: _, ...rest } = record
  await writeRecord(
    target,
    {
      ...rest,
      comments: [...record.comments, `Excerpt: seconds ${fromS} to ${toS} of MIT-BIH record ${name}. See SOURCES.md.`],
    },
    { format: 212 },
  )
  await writeAnnotations(join(target, name), 'atr', [
    ...(inForce === undefined ? [] : [{ ...inForce, sample: 0 }]),
    ...inside,
  ])
  console.log(`${name}: ${record.signals[0]?.samples.length} samples at ${rate} Hz, ${inside.length} annotations`)
}
