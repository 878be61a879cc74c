export * from './news2.ts'
export * from './limit-watch.ts'
export * from './median.ts'
