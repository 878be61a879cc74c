export * from './port.ts'
export { openEmbeddedVitalsStore, type EmbeddedStoreOptions } from './embedded/open.ts'
export type { SealOptions } from './embedded/seal.ts'
