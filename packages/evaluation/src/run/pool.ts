import { Worker } from 'node:worker_threads'
import type { Job, Result } from './jobs.ts'
import type { Answer } from './worker.ts'

/**
 * Runs jobs in worker threads; the results come in the order of the jobs, whoever was faster. The first job that fails ends it.
 */
export async function runJobs(
  jobs: readonly Job[],
  threads: number,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Result[]> {
  const results = new Map<number, Result>()
  let next = 0
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
    try {
      for (let i = next++; i < jobs.length; i = next++) {
        const job = jobs[i]
        if (job === undefined) return
        results.set(i, await ask(worker, job))
        onProgress(results.size, jobs.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work))
  return jobs.map((_, i) => {
    const result = results.get(i)
    if (result === undefined) throw new Error(`job ${i} has no result`)
    return result
  })
}

function ask(worker: Worker, job: Job): Promise<Result> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
    }
    const onError = (error: unknown): void => {
      done()
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    const onMessage = (answer: Answer): void => {
      done()
      if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer.result)
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.postMessage(job, [])
  })
}
