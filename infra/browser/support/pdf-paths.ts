import { inflateSync } from 'node:zlib'

/** A line of a page: its corners in millimetres of the paper, from whatever corner the page counts. */
export type Polyline = readonly (readonly [xMm: number, yMm: number])[]

/** a b c d e f of PDF's `cm`. */
type Matrix = readonly [number, number, number, number, number, number]

const MM_PER_POINT = 25.4 / 72
const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]

/** The straight lines that a PDF draws, as far as they are in its content streams: enough to hold a ruler to what Chromium prints. */
export function pdfPolylines(pdf: Buffer): Polyline[] {
  return streamsOf(pdf).flatMap(polylinesOf)
}

function streamsOf(pdf: Buffer): string[] {
  const streams: string[] = []
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 1)) {
    if (pdf.subarray(at - 3, at).toString() === 'end') continue
    const head = pdf.subarray(pdf.lastIndexOf('obj', at), at).toString('latin1')
    if (!head.includes('FlateDecode') || /\/(Subtype|Type)\s*\/(Image|XObject|ObjStm|XRef)|\/Length1/.test(head))
      continue
    const end = pdf.indexOf('\nendstream', at)
    streams.push(inflateSync(pdf.subarray(at + 'stream\n'.length, end)).toString('latin1'))
  }
  return streams
}

function polylinesOf(content: string): Polyline[] {
  const found: Polyline[] = []
  const saved: Matrix[] = []
  let matrix = IDENTITY
  let numbers: number[] = []
  let line: [number, number][] = []
  const put = () => {
    if (line.length > 1) found.push(line)
    line = []
  }
  for (const token of content.split(/\s+/)) {
    const value = Number(token)
    if (token !== '' && !Number.isNaN(value)) {
      numbers.push(value)
      continue
    }
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers
    switch (token) {
      case 'q':
        saved.push(matrix)
        break
      case 'Q':
        matrix = saved.pop() ?? IDENTITY
        break
      case 'cm':
        matrix = within(matrix, [a, b, c, d, e, f])
        break
      case 'm':
        put()
        line = [place(matrix, a, b)]
        break
      case 'l':
        line.push(place(matrix, a, b))
        break
      case 'S':
      case 'n':
      case 'f':
        put()
        break
      default:
        break
    }
    numbers = []
  }
  return found
}

function within([a, b, c, d, e, f]: Matrix, [a2, b2, c2, d2, e2, f2]: Matrix): Matrix {
  return [a * a2 + c * b2, b * a2 + d * b2, a * c2 + c * d2, b * c2 + d * d2, a * e2 + c * f2 + e, b * e2 + d * f2 + f]
}

function place([a, b, c, d, e, f]: Matrix, x: number, y: number): [number, number] {
  return [(a * x + c * y + e) * MM_PER_POINT, (b * x + d * y + f) * MM_PER_POINT]
}
