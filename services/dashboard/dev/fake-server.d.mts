/** A server that speaks the API's contract with invented patients: for the layout of many beds. */
export function startFakeServer(options?: {
  patients?: number
  port?: number
  alarms?: boolean
  alarmCount?: number
  /** The beds are spread over these. */
  units?: string[]
}): Promise<{ readonly port: number; stop(): Promise<void> }>
