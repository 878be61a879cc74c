import { FOOT_MM, HEAD_MM, MARGIN_MM, type PaperLayout, layoutOf } from './layout.ts'
import type { PaperWave } from './samples.ts'
import { type PaperScale, spanMsOf } from './scale.ts'

/** What is left of A4 and Letter, both landscape, within margins of 8 mm and below the heading. */
const WIDTH_MM = 262
const HEIGHT_MM = 158

/** Whole seconds that fit into a row. */
export function rowMsOf(scale: PaperScale): number {
  return Math.floor(spanMsOf(WIDTH_MM - MARGIN_MM, scale) / 1000) * 1000
}

/**
 * A stretch of time as papers on pages: rows of as many seconds as a page is wide, one below the other; where all waves of a row are
 * higher than a page, they go on on the next one. In true millimetres: nothing is ever made smaller to fit.
 */
export function printPages(
  waves: readonly PaperWave[],
  fromMs: number,
  toMs: number,
  scale: PaperScale,
): readonly (readonly PaperLayout[])[] {
  const pages: PaperLayout[][] = []
  let leftMm = 0
  const put = (paper: PaperLayout) => {
    const page = pages.at(-1)
    if (page !== undefined && paper.heightMm <= leftMm) page.push(paper)
    else {
      pages.push([paper])
      leftMm = HEIGHT_MM
    }
    leftMm -= paper.heightMm
  }
  const rowMs = rowMsOf(scale)
  for (let start = fromMs; start < toMs; start += rowMs) {
    const end = Math.min(start + rowMs, toMs)
    for (const part of partsThatFit(waves, start, end, scale)) put(layoutOf(part, start, end, scale))
  }
  return pages
}

/** The waves of a row in parts that are no higher than a page each. */
function partsThatFit(waves: readonly PaperWave[], fromMs: number, toMs: number, scale: PaperScale): PaperWave[][] {
  const parts: PaperWave[][] = []
  let leftMm = 0
  for (const { wave, heightMm } of layoutOf(waves, fromMs, toMs, scale).lanes) {
    const part = parts.at(-1)
    if (part !== undefined && heightMm <= leftMm) part.push(wave)
    else {
      parts.push([wave])
      leftMm = HEIGHT_MM - HEAD_MM - FOOT_MM
    }
    leftMm -= heightMm
  }
  return parts
}
