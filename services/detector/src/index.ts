export * from './detector.ts'
export * from './group.ts'
