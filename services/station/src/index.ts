export { readStationConfig, stationConfigShape, type StationConfig } from './config.ts'
export { startStation, type Station } from './station.ts'
