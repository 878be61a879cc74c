export { startAlarmManager, type AlarmManagerDeps, type AlarmManagerOptions } from './service.ts'
