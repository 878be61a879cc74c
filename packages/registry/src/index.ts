export * from './reducer.ts'
export * from './association.ts'
export * from './device-secret.ts'
export * from './view.ts'
