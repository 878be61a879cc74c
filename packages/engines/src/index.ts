export { engineConfig, spoolConfig, type EngineConfig } from './config.ts'
export { retentionConfig, startLogKeeper } from './log-keeper.ts'
export { openLog } from './open-log.ts'
export { openStore } from './open-store.ts'
