export { apiConfig, proxyConfig } from './config.ts'
export { startApi, type ApiDeps, type ApiOptions, type RunningApi } from './api.ts'
