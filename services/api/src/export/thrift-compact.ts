/** A value of a Thrift struct, as the compact protocol writes it. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly struct: ThriftStruct }
  | { readonly list: readonly ThriftValue[] }

/** Field id → value. */
export type ThriftStruct = Readonly<Record<number, ThriftValue>>

const TYPE = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const

/**
 * A struct in the Thrift compact protocol (thrift-compact-protocol.md): each field as `delta << 4 | type`, integers as zigzag varints,
 * lists as `size << 4 | type`, and a 0 at the end.
 */
export function encodeStruct(struct: ThriftStruct): number[] {
  const bytes: number[] = []
  let last = 0
  for (const [key, value] of Object.entries(struct)) {
    const id = Number(key)
    bytes.push(((id - last) << 4) | typeOf(value))
    last = id
    if (!('bool' in value)) bytes.push(...encodeValue(value))
  }
  bytes.push(0)
  return bytes
}

function typeOf(value: ThriftValue): number {
  if ('i32' in value) return TYPE.i32
  if ('i64' in value) return TYPE.i64
  if ('bool' in value) return value.bool ? TYPE.true : TYPE.false
  if ('text' in value) return TYPE.binary
  return 'struct' in value ? TYPE.struct : TYPE.list
}

function encodeValue(value: ThriftValue): number[] {
  if ('i32' in value) return varint(zigzag(value.i32))
  if ('i64' in value) return varint(zigzag(value.i64))
  if ('bool' in value) return [value.bool ? TYPE.true : TYPE.false]
  if ('struct' in value) return encodeStruct(value.struct)
  if ('text' in value) {
    const bytes = Buffer.from(value.text)
    return [...varint(BigInt(bytes.length)), ...bytes]
  }
  const { list } = value
  const type = list[0] === undefined ? TYPE.struct : typeOf(list[0])
  const head = list.length < 15 ? [(list.length << 4) | type] : [0xf0 | type, ...varint(BigInt(list.length))]
  return [...head, ...list.flatMap(encodeValue)]
}

function zigzag(value: number): bigint {
  const big = BigInt(value)
  return big >= 0n ? big << 1n : (-big << 1n) - 1n
}

/** Seven bits a byte, the lowest first. */
export function varint(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn)
    if (rest < 0x80n) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}
