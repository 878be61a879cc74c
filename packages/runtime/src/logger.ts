import { pino, type Logger as PinoLogger } from 'pino'

export type Logger = PinoLogger

/** A logger of JSON lines on stderr; stdout is kept for what a program answers. */
export function createLogger(name: string, level: string = process.env['PULSEWIRE_LOG_LEVEL'] ?? 'info'): Logger {
  return pino({ name, level }, pino.destination({ dest: 2, sync: true }))
}

/** A logger that says nothing, for tests. */
export function createSilentLogger(): Logger {
  return pino({ level: 'silent' })
}
