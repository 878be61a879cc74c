import { WfdbError } from './errors.ts'

// MATLAB 5 files, as PhysioNet's export writes them: a header of 128 bytes, then elements of a tag (type, bytes) and data padded to 8 bytes.
const HEADER_BYTES = 128
const MATRIX = 14
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 7: 4, 9: 8 }
const INT32 = 5

const invalid = (detail: string): WfdbError => new WfdbError('WFDB_HEADER_INVALID', `MATLAB file: ${detail}`)

interface Element {
  readonly type: number
  readonly from: number
  readonly bytes: number
  readonly next: number
}

function elementAt(view: DataView, at: number): Element {
  if (at + 8 > view.byteLength) throw invalid('it ends early')
  const word = view.getUint32(at, true)
  // A small element has its length in the upper half of its first word, and its data in the second.
  const small = word >>> 16
  const type = word & 0xffff
  const bytes = small > 0 ? small : view.getUint32(at + 4, true)
  const from = small > 0 ? at + 4 : at + 8
  if (from + bytes > view.byteLength) throw invalid('an element reaches past its end')
  return { type, from, bytes, next: small > 0 ? at + 8 : from + 8 * Math.ceil(bytes / 8) }
}

function numberAt(view: DataView, type: number, at: number): number {
  switch (type) {
    case 1:
      return view.getInt8(at)
    case 2:
      return view.getUint8(at)
    case 3:
      return view.getInt16(at, true)
    case 4:
      return view.getUint16(at, true)
    case 5:
      return view.getInt32(at, true)
    case 7:
      return view.getFloat32(at, true)
    case 9:
      return view.getFloat64(at, true)
    default:
      throw new WfdbError('WFDB_UNSUPPORTED', `MATLAB file: numbers of type ${type}`)
  }
}

/**
 * The first matrix of a MATLAB 5 file (not compressed, real numbers), one array per row.
 * The `.mat` files of the PhysioNet challenges are no such files: they are WFDB signal files with an offset of 24 bytes, which `readRecord` reads.
 */
export function readMat(bytes: Uint8Array): Float64Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < HEADER_BYTES || view.getUint16(126, true) !== 0x4d49) throw invalid('not a little-endian one')
  const matrix = elementAt(view, HEADER_BYTES)
  if (matrix.type !== MATRIX) throw new WfdbError('WFDB_UNSUPPORTED', `MATLAB file: an element of type ${matrix.type}`)
  const flags = elementAt(view, matrix.from)
  const dimensions = elementAt(view, flags.next)
  const name = elementAt(view, dimensions.next)
  const data = elementAt(view, name.next)
  const size = SIZES[data.type]
  if (dimensions.type !== INT32 || dimensions.bytes !== 8) throw invalid('not a matrix of two dimensions')
  const [rows, columns] = [view.getInt32(dimensions.from, true), view.getInt32(dimensions.from + 4, true)]
  if (size === undefined) throw new WfdbError('WFDB_UNSUPPORTED', `MATLAB file: numbers of type ${data.type}`)
  if (rows < 0 || columns < 0 || rows * columns * size !== data.bytes) throw invalid('its size is not that of its data')
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, column) =>
      numberAt(view, data.type, data.from + (column * rows + row) * size),
    ),
  )
}
