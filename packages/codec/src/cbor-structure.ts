import { PulsewireError } from '@pulsewire/contracts'

/** How deep payloads may nest: the contract's own go four deep. */
export const MAX_DEPTH = 16

/** RFC 8746: int16 typed array, little endian. The only tag that a payload may have. */
export const TAG_INT16_LE = 77

const malformed = (detail: string): PulsewireError => new PulsewireError('PW_PAYLOAD_NOT_CBOR', detail)

/**
 * Walks the structure of a CBOR item (RFC 8949, appendix C) before anything is built from it: every length must be covered by bytes
 * that are there, so no header can make the decoder allocate more than the payload's size allows.
 * Throws PW_PAYLOAD_NOT_CBOR.
 */
export function checkCborStructure(bytes: Uint8Array): void {
  const walk = new Walk(bytes)
  walk.item(0)
  if (walk.at !== bytes.length) throw malformed(`${bytes.length - walk.at} bytes follow the CBOR item`)
}

const INDEFINITE = -1
const BREAK = 0xff

/** (A class: the place is kept in a field, where answering it from each step would make a pair of numbers an item.) */
class Walk {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  item(depth: number): void {
    if (depth > MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH}`)
    const initial = this.#peek()
    this.at++
    const major = initial >> 5
    const argument = this.#argument(initial & 0x1f, major)
    switch (major) {
      case 2:
      case 3:
        if (argument === INDEFINITE) this.#chunks(major)
        else this.#skip(argument)
        return
      case 4:
        this.#items(argument, 1, depth)
        return
      case 5:
        this.#items(argument, 2, depth)
        return
      case 6:
        if (argument !== TAG_INT16_LE) throw malformed(`tag ${argument} is not part of the contract`)
        if (this.#peek() >> 5 !== 2 || (this.#peek() & 0x1f) === 31) {
          throw malformed('an int16 typed array (tag 77) must be a byte string of definite length')
        }
        this.item(depth + 1)
    }
  }

  /** The argument that follows an initial byte. */
  #argument(info: number, major: number): number {
    if (info < 24) return info
    if (info <= 27) {
      const end = this.at + (1 << (info - 24))
      let value = 0
      while (this.at < end) {
        value = value * 256 + this.#peek()
        this.at++
      }
      return value
    }
    if (info === 31 && major >= 2 && major <= 5) return INDEFINITE
    throw malformed(`the additional information ${info} of major type ${major} is not well-formed`)
  }

  #items(count: number, itemsEach: number, depth: number): void {
    if (count === INDEFINITE) {
      while (this.#peek() !== BREAK) {
        for (let i = 0; i < itemsEach; i++) this.item(depth + 1)
      }
      this.at++
      return
    }
    // An item has one byte at least: a count beyond the bytes that are left is a lie, whatever follows.
    if (count * itemsEach > this.#bytes.length - this.at) throw malformed('the payload ends within an array or map')
    for (let i = 0; i < count * itemsEach; i++) this.item(depth + 1)
  }

  #chunks(major: number): void {
    while (this.#peek() !== BREAK) {
      const initial = this.#peek()
      this.at++
      const length = this.#argument(initial & 0x1f, initial >> 5)
      if (initial >> 5 !== major || length === INDEFINITE) throw malformed('a chunk of a string is not of its type')
      this.#skip(length)
    }
    this.at++
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.at) throw malformed('the payload ends within a string')
    this.at += length
  }

  /** The byte at the place. */
  #peek(): number {
    const value = this.#bytes[this.at]
    if (value === undefined) throw malformed('the payload ends too early')
    return value
  }
}
