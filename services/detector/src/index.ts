export * from './detector.ts'
export { createPinParts, partsOf, type PinParts } from './evidence/parts.ts'
export * from './group.ts'
