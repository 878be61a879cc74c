import { runChainJob, type ChainJob, type ChainScore } from '../tasks/chain-job.ts'
import { runLead, type LeadJob, type LeadResult } from '../tasks/lead-job.ts'
import { runNoise, type NoiseJob, type NoiseResult } from '../tasks/noise-job.ts'
import { runCourse, type CourseJob, type CourseResult } from '../tasks/course-job.ts'
import { runSt, type StJob, type StResult } from '../tasks/st-job.ts'
import { runQuality, type QualityJob, type QualityResult } from '../tasks/quality-job.ts'
import { runTogether, type TogetherJob, type TogetherResult } from '../tasks/together-job.ts'
import { runTwelveLead, type TwelveLeadJob, type TwelveLeadResult } from '../tasks/twelve-lead-job.ts'

/** A piece of work that needs nothing of the others. */
export type Job = LeadJob | ChainJob | NoiseJob | QualityJob | TogetherJob | TwelveLeadJob | StJob | CourseJob
export type Result =
  LeadResult | ChainScore | NoiseResult | QualityResult | TogetherResult | TwelveLeadResult | StResult | CourseResult

export async function runJob(job: Job): Promise<Result> {
  switch (job.kind) {
    case 'lead':
      return runLead(job)
    case 'chain':
      return runChainJob(job)
    case 'noise':
      return runNoise(job)
    case 'quality':
      return runQuality(job)
    case 'together':
      return runTogether(job)
    case 'twelve-lead':
      return runTwelveLead(job)
    case 'st':
      return runSt(job)
    case 'course':
      return runCourse(job)
  }
}

/** What a job is, in a few words: for its progress and its errors. */
export function nameOf(job: Job): string {
  if (job.kind === 'st') return `st ${job.stCase.seed}`
  if (job.kind === 'course') return `${job.course} ${job.seed}`
  const noise = job.kind === 'noise' && job.noise !== undefined ? ` ${job.noise.kind} ${job.noise.snrDb} dB` : job.kind === 'together' && job.disturbance !== undefined ? ` ${job.disturbance.kind}` : '' // prettier-ignore
  return `${job.kind} ${job.ref.database}/${job.ref.name}${noise}`
}
