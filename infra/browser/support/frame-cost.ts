import type { Browser, Page } from 'playwright-core'
import { z } from 'zod'
import { percentile } from './browser.ts'

const CATEGORIES = [
  '-*',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'toplevel',
  'viz',
  'cc',
  'blink',
]
const traceFile = z.object({
  traceEvents: z.array(
    z.looseObject({
      name: z.string(),
      ph: z.string(),
      pid: z.number(),
      tid: z.number(),
      ts: z.number().optional(),
      tdur: z.number().optional(),
      args: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
})
type TraceEvent = z.output<typeof traceFile>['traceEvents'][number]

/** What frames cost: ms of CPU per frame by who did it, and the times between frames on the screen, ms. */
export interface FrameCost {
  readonly framesPerS: number
  readonly frameMs: { readonly p50: number; readonly p99: number; readonly longest: number }
  /** JavaScript: on the page, and in the worker that draws the waves. */
  readonly pageScriptMs: number
  readonly workerScriptMs: number
  /** Pixels of the waves and of what the page changed. */
  readonly rasterMs: number
  /** Putting all layers together, in software where there is no GPU. */
  readonly compositeMs: number
  /** Everything that the page's own thread did. */
  readonly pageThreadMs: number
}

/** Traces a page for a while. */
export async function traceFrames(browser: Browser, page: Page, forMs: number): Promise<FrameCost> {
  await browser.startTracing(page, { categories: CATEGORIES })
  await page.waitForTimeout(forMs)
  const { traceEvents } = traceFile.parse(JSON.parse((await browser.stopTracing()).toString()))
  return frameCost(traceEvents)
}

function frameCost(events: readonly TraceEvent[]): FrameCost {
  const names = new Map<string, string>()
  const processes = new Map<number, string>()
  for (const { ph, name, pid, tid, args } of events) {
    if (ph !== 'M') continue
    if (name === 'thread_name') names.set(`${pid}/${tid}`, args?.name ?? '')
    if (name === 'process_name') processes.set(pid, args?.name ?? '')
  }
  const complete = events.filter(({ ph }) => ph === 'X')
  /** CPU ms of events of these names on threads of these names. */
  const cpuMs = (of: readonly string[], thread: RegExp, process = 'Renderer') =>
    complete.reduce((sum, { name, pid, tid, tdur = 0 }) => {
      const isIt = of.includes(name) && processes.get(pid) === process && thread.test(names.get(`${pid}/${tid}`) ?? '')
      return isIt ? sum + tdur / 1000 : sum
    }, 0)
  const swaps = complete.flatMap(({ name, ts }) => (name === 'Display::DrawAndSwap' && ts !== undefined ? [ts] : []))
  swaps.sort((a, b) => a - b)
  const times = swaps.slice(1).map((at, index) => (at - (swaps[index] ?? at)) / 1000)
  times.sort((a, b) => a - b)
  const frames = Math.max(1, swaps.length)
  const seconds = ((swaps.at(-1) ?? 0) - (swaps[0] ?? 0)) / 1e6
  const main = /^CrRendererMain$/
  const worker = /^DedicatedWorker/
  return {
    framesPerS: times.length / seconds,
    frameMs: { p50: percentile(times, 0.5), p99: percentile(times, 0.99), longest: times.at(-1) ?? Number.NaN },
    pageScriptMs: cpuMs(['FunctionCall', 'EvaluateScript'], main) / frames,
    workerScriptMs: cpuMs(['FunctionCall'], worker) / frames,
    rasterMs: (cpuMs(['Canvas2DResourceProvider::ProduceCanvasResource'], /./) + cpuMs(['RasterTask'], /./)) / frames,
    compositeMs: cpuMs(['Display::DrawAndSwap'], /^VizCompositorThread$/, 'GPU Process') / frames,
    pageThreadMs: cpuMs(['RunTask'], main) / frames,
  }
}
