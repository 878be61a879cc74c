export { deliveryConfig, type DeliveryConfig } from './config.ts'
export { startNotifier, type NotifierDeps, type NotifierOptions, type RunningNotifier } from './notifier.ts'
export { startConfiguredNotifier } from './start.ts'
