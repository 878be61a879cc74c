export { checkCborStructure } from './cbor-structure.ts'
export { decodeCbor, decodeJson, encodeCbor, encodeJson, encodingOf, parsePayload } from './parse.ts'
export { decodePlain, encodePlain } from './plain.ts'
export { decodeStored, decodeUplink, encodeUplink } from './uplink.ts'
