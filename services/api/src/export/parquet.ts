import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Series } from '@pulsewire/vitals-store'
import { encodeStruct, varint, type ThriftStruct, type ThriftValue } from './thrift-compact.ts'

export const PARQUET_TYPE = 'application/vnd.apache.parquet'

const MAGIC = Buffer.from('PAR1')
const ROWS_PER_GROUP = 20_000
/** parquet.thrift: Type, FieldRepetitionType, ConvertedType, Encoding. */
const INT64 = 2
const DOUBLE = 5
const BYTE_ARRAY = 6
const REQUIRED = 0
const OPTIONAL = 1
const UTF8 = 0
const TIMESTAMP_MILLIS = 9
const PLAIN = 0
const RLE = 3

interface Row {
  readonly time: number
  readonly code: string
  readonly value: number | string
  readonly unit: string
}

interface Column {
  readonly name: string
  readonly type: number
  readonly repetition: number
  readonly converted?: number
  readonly logical?: ThriftStruct
  /** The cell's bytes in the plain encoding; `undefined` = null. */
  readonly cell: (row: Row) => Buffer | undefined
}

const STRING = { 1: { struct: {} } } as const
const TIMESTAMP = { 8: { struct: { 1: { bool: true }, 2: { struct: { 1: { struct: {} } } } } } } as const

const COLUMNS: readonly Column[] = [
  {
    name: 'time',
    type: INT64,
    repetition: REQUIRED,
    converted: TIMESTAMP_MILLIS,
    logical: TIMESTAMP,
    cell: ({ time }) => plainInt64(time),
  },
  {
    name: 'code',
    type: BYTE_ARRAY,
    repetition: REQUIRED,
    converted: UTF8,
    logical: STRING,
    cell: ({ code }) => plainText(code),
  },
  {
    name: 'value',
    type: DOUBLE,
    repetition: OPTIONAL,
    cell: ({ value }) => (typeof value === 'number' ? plainDouble(value) : undefined),
  },
  {
    name: 'text',
    type: BYTE_ARRAY,
    repetition: OPTIONAL,
    converted: UTF8,
    logical: STRING,
    cell: ({ value }) => (typeof value === 'string' ? plainText(value) : undefined),
  },
  {
    name: 'unit',
    type: BYTE_ARRAY,
    repetition: REQUIRED,
    converted: UTF8,
    logical: STRING,
    cell: ({ unit }) => plainText(unit),
  },
]

/**
 * Series as a Parquet file, one point a row: `time` (timestamp, UTC), `code`, `value` (or `text` where a value is a word), `unit`.
 * Plain encoding, not compressed: parquet-format's README and parquet.thrift 2.10. Written page by page, so that a long series
 * neither fills the memory nor holds others up.
 */
export async function* parquetOf(pages: AsyncIterable<readonly Series[]>): AsyncGenerator<Buffer> {
  yield MAGIC
  let offset = MAGIC.length
  let rowCount = 0
  const groups: ThriftValue[] = []
  for await (const rows of rowGroups(pages)) {
    const chunks: ThriftValue[] = []
    const start = offset
    for (const column of COLUMNS) {
      const page = pageOf(column, rows)
      yield page
      const metadata = chunkMetadata(column, rows.length, page.length, offset)
      chunks.push({ struct: { 2: { i64: offset }, 3: { struct: metadata } } })
      offset += page.length
      await yieldToOthers()
    }
    rowCount += rows.length
    groups.push({ struct: { 1: { list: chunks }, 2: { i64: offset - start }, 3: { i64: rows.length } } })
  }
  const footer = Buffer.from(
    encodeStruct({
      1: { i32: 1 },
      2: { list: [{ struct: { 4: { text: 'vitals' }, 5: { i32: COLUMNS.length } } }, ...COLUMNS.map(schemaElement)] },
      3: { i64: rowCount },
      4: { list: groups },
      6: { text: 'pulsewire' },
    }),
  )
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  yield Buffer.concat([footer, length, MAGIC])
}

async function* rowGroups(pages: AsyncIterable<readonly Series[]>): AsyncGenerator<Row[]> {
  let rows: Row[] = []
  for await (const page of pages) {
    for (const { code, unit, points } of page) {
      for (const { time, value } of points) {
        rows.push({ time, code, value, unit })
        if (rows.length < ROWS_PER_GROUP) continue
        yield rows
        rows = []
      }
    }
  }
  if (rows.length > 0) yield rows
}

function schemaElement({ name, type, repetition, converted, logical }: Column): ThriftValue {
  return {
    struct: {
      1: { i32: type },
      3: { i32: repetition },
      4: { text: name },
      ...(converted === undefined ? {} : { 6: { i32: converted } }),
      ...(logical === undefined ? {} : { 10: { struct: logical } }),
    },
  }
}

function chunkMetadata({ name, type }: Column, values: number, bytes: number, offset: number): ThriftStruct {
  return {
    1: { i32: type },
    2: { list: [{ i32: PLAIN }, { i32: RLE }] },
    3: { list: [{ text: name }] },
    4: { i32: 0 },
    5: { i64: values },
    6: { i64: bytes },
    7: { i64: bytes },
    9: { i64: offset },
  }
}

/** One data page (v1): header, definition levels where the column is optional, values. */
function pageOf({ repetition, cell }: Column, rows: readonly Row[]): Buffer {
  const cells = rows.map(cell)
  const values = cells.filter((bytes) => bytes !== undefined)
  const levels = repetition === OPTIONAL ? definitionLevels(cells.map((bytes) => bytes !== undefined)) : Buffer.alloc(0)
  const body = Buffer.concat([levels, ...values])
  const header = encodeStruct({
    1: { i32: 0 },
    2: { i32: body.length },
    3: { i32: body.length },
    5: { struct: { 1: { i32: rows.length }, 2: { i32: PLAIN }, 3: { i32: RLE }, 4: { i32: RLE } } },
  })
  return Buffer.concat([Buffer.from(header), body])
}

/** Runs (`count << 1` as a varint, then the level), after their length in 4 bytes. */
function definitionLevels(present: readonly boolean[]): Buffer {
  const bytes: number[] = []
  for (let start = 0; start < present.length;) {
    let end = start
    while (end < present.length && present[end] === present[start]) end++
    bytes.push(...varint(BigInt(end - start) << 1n), present[start] === true ? 1 : 0)
    start = end
  }
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, Buffer.from(bytes)])
}

function plainInt64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}

function plainDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

function plainText(value: string): Buffer {
  const text = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}
