export { bridgeConfig, linkOptions, type BridgeConfig } from './config.ts'
export type { LinkOptions } from './link/broker-link.ts'
export { UNIDENTIFIED_DEVICE, startBridge, type BridgeDeps, type BridgeOptions } from './start-bridge.ts'
