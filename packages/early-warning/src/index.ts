export * from './news2.ts'
export * from './limit-watch.ts'
export * from './trend.ts'
