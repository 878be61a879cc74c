import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flutterSpans, readAnnotations, type Annotation } from '@pulsewire/wfdb'
import { merged, type Span } from '../score/spans.ts'
import { parseCsv } from './csv.ts'
import { DataError } from './errors.ts'
import type { RecordRef } from './databases.ts'

export interface RhythmSpan extends Span {
  /** As the database says it, without its bracket: `N`, `AFIB`, `VT`. */
  readonly label: string
}

/** The rhythm labels of an annotation file; each holds until the next. */
export function rhythmSpans(annotations: readonly Annotation[], rateHz: number, lengthS: number): RhythmSpan[] {
  const labels = annotations.filter(({ symbol, aux }) => symbol === '+' && aux?.startsWith('(') === true)
  return labels.map(({ sample, aux = '' }, i) => ({
    label: aux.slice(1).trim(),
    fromS: sample / rateHz,
    toS: Math.min(lengthS, (labels[i + 1]?.sample ?? Infinity) / rateHz),
  }))
}

export function spansOf(spans: readonly RhythmSpan[], ...labels: readonly string[]): Span[] {
  return merged(spans.filter(({ label }) => labels.includes(label)))
}

/** Ventricular fibrillation and flutter by rhythm label. VFDB writes both `VF` and `VFIB`. */
export const FIBRILLATION_LABELS = ['VF', 'VFIB', 'VFL'] as const
/** The normal rhythm of the databases' labels. */
export const NORMAL_LABEL = 'N'

const LABEL_WINDOW_S = 5

/**
 * Ventricular fibrillation in a record of mitdb, vfdb or cudb. cudb: the database's own marks (`[`…`]`) where they are there, else the
 * labels of 5-s windows that came with the signals, which are another author's (`exact` is false).
 */
export async function fibrillationSpans(
  { database, path, name }: RecordRef,
  rateHz: number,
  lengthS: number,
): Promise<{ readonly spans: Span[]; readonly exact: boolean }> {
  if (existsSync(`${path}.atr`)) {
    const annotations = await readAnnotations(path, 'atr')
    const flutter = flutterSpans(annotations).map(([from, to]) => ({
      fromS: from / rateHz,
      toS: Math.min(lengthS, to / rateHz),
    }))
    const labelled = spansOf(rhythmSpans(annotations, rateHz, lengthS), ...FIBRILLATION_LABELS)
    // In cudb a label opens the stretch that its brackets close; only there the brackets alone count.
    return { spans: merged(database === 'cudb' ? flutter : [...flutter, ...labelled]), exact: true }
  }
  const file = join(dirname(path), 'labels-5s.csv')
  if (!existsSync(file)) throw new DataError(`${database}: neither ${name}.atr nor labels-5s.csv`)
  const rows = parseCsv(await readFile(file, 'utf8')).filter(({ record }) => record === name)
  if (rows.length === 0) throw new DataError(`${database}: labels-5s.csv says nothing of ${name}`)
  const spans = rows
    .filter(({ shockable }) => shockable === '1')
    .map(({ window }) => ({ fromS: Number(window) * LABEL_WINDOW_S, toS: (Number(window) + 1) * LABEL_WINDOW_S }))
  return { spans: merged(spans), exact: false }
}

/** Atrial fibrillation of a record of cpsc2021 or mitdb; `undecided` = atrial flutter, which counts neither way. */
export function atrialFibrillationSpans(
  annotations: readonly Annotation[],
  rateHz: number,
  lengthS: number,
): { readonly yes: Span[]; readonly undecided: Span[] } {
  const spans = rhythmSpans(annotations, rateHz, lengthS)
  return { yes: spansOf(spans, 'AFIB'), undecided: spansOf(spans, 'AFL') }
}
