// The container's own health check: asks /healthz of the operation port or, where there is none (a station), of the HTTP port.
const port = process.env.PULSEWIRE_OPERATION_PORT || process.env.PULSEWIRE_HTTP_PORT || '8080'
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(3_000) })
  if (!answer.ok) process.stderr.write(`/healthz says ${answer.status}: ${(await answer.text()).slice(0, 200)}\n`)
  process.exitCode = answer.ok ? 0 : 1
} catch (error) {
  process.stderr.write(`/healthz does not answer: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
