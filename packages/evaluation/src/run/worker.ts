import { parentPort } from 'node:worker_threads'
import { nameOf, runJob, type Job, type Result } from './jobs.ts'

/** What a worker answers to a job. */
export type Answer = { readonly result: Result } | { readonly error: string }

if (parentPort === null) throw new Error('this is a worker thread')
const port = parentPort
port.on('message', (job: Job) => {
  runJob(job).then(
    (result) => port.postMessage({ result } satisfies Answer),
    (error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
      port.postMessage({ error: `${nameOf(job)}: ${reason}` } satisfies Answer)
    },
  )
})
