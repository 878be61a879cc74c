export { checkCborStructure } from './cbor-structure.ts'
export { decodeCbor, decodeJson, encodeCbor, encodeJson, encodingOf, parsePayload } from './parse.ts'
export { decodeUplink, encodeUplink } from './uplink.ts'
export { decodePlain, encodePlain } from './plain.ts'
