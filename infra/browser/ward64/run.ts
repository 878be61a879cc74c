import { readFileSync } from 'node:fs'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { signIn as signInToApi, type ApiClient } from '../../../tests/support/api.ts'
import { ADMIN_PASSWORD, startStation, temporaryDirectory } from '../../../tests/support/station.ts'
import { launch, openPage, signIn } from '../support/browser.ts'
import { traceFrames } from '../support/frame-cost.ts'
import { startSimulatedWard, type HealthyPatient, type SimulatedWard } from './patients.ts'
import type { Stretch, WardReport } from './report.ts'
import { instrument, pixelDelays, takeMeasured, watchProbe } from './screen.ts'

const TRACE_MS = 8_000
const STRETCHES = 12
const SHORTEST_STRETCH_S = 5
/** What the detector needs to know a heart, and what may still be on its way at the end. */
const LEARNING_MS = 20_000
const ON_ITS_WAY_MS = 10_000
const BEAT_WITHIN_MS = 150
const RECORDED_WITHIN_MS = 60_000
/** A patient's page is looked at for so long, after so long in which it fills. */
const PATIENT_FILLS_MS = 10_000
const PATIENT_MS = 20_000

/** A real station with so many simulated patients before a real screen, for a while: what it costs, how late it is, and whether it is right. */
export async function runWard(options: {
  readonly patients: number
  readonly seconds: number
  readonly log: (line: string) => void
}): Promise<WardReport> {
  const { patients, seconds, log } = options
  const directory = temporaryDirectory()
  const station = await startStation({ dataDirectory: directory.path, env: { PULSEWIRE_PROOF_EVERY_S: '10' } })
  const browser = await launch()
  let ward: SimulatedWard | undefined
  try {
    const api = await signInToApi(station)
    ward = await startSimulatedWard(api, station.mqttPort, patients)
    log(`${patients} patients are connected`)
    const { page } = await openPage(browser)
    await instrument(page)
    const load = await openWard(page, station.url, patients)
    const startedAt = Date.now()
    const frames = await traceFrames(browser, page, TRACE_MS)
    await watchProbe(page, ward.probe)
    await takeMeasured(page)
    const stretches: Stretch[] = []
    const watch = await watchProcesses(browser, page)
    const stretchMs = Math.max(SHORTEST_STRETCH_S, seconds / STRETCHES) * 1000
    while (Date.now() - startedAt < seconds * 1000) {
      await page.waitForTimeout(stretchMs)
      const { arrivals, edges } = await takeMeasured(page)
      const stretch = {
        atS: (Date.now() - startedAt) / 1000,
        arrivalMs: arrivals,
        pixelMs: pixelDelays(edges),
        ...(await watch()),
      }
      stretches.push(stretch)
      log(
        `${stretch.atS.toFixed(0)} s: heap ${stretch.heapMb.toFixed(1)} MB, memory ${stretch.residentMb.toFixed(0)} MB, page ${(stretch.pageCpu * 100).toFixed(0)} % of a core`,
      )
    }
    await page.evaluate(() => window.ward.stopProbe?.())
    const alarm = await callAndAcknowledge(page, ward)
    const patientHeapMb = await watchPatient(page, ward)
    const until = Date.now() - ON_ITS_WAY_MS
    return {
      patients,
      seconds,
      load,
      frames,
      stretches,
      patientHeapMb,
      alarm,
      beats: await missedBeats(api, ward.healthy, until),
      ...(await highAlarms(api, ward)),
    }
  } finally {
    await browser.close()
    await ward?.stop()
    await station.stop()
    directory.remove()
  }
}

/** Signs in and waits until every patient is there with a value. */
async function openWard(page: Page, url: string, patients: number): Promise<WardReport['load']> {
  await page.goto(url)
  await page.waitForSelector('input[name=user]')
  const submittedAt = Date.now()
  await signIn(page, url, ADMIN_PASSWORD)
  const firstTileMs = Date.now() - submittedAt
  await page.waitForFunction(
    (patients) =>
      document.querySelectorAll('.tile').length === patients &&
      document.querySelectorAll('[data-parameter=hr].current').length >= patients - 1,
    patients,
    { timeout: 60_000 },
  )
  const bytes = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map((entry) =>
        entry instanceof PerformanceResourceTiming && !entry.name.includes('/api/') ? entry.encodedBodySize : 0,
      )
      .reduce((a, b) => a + b, 0),
  )
  return { firstTileMs, kilobytes: bytes / 1000 }
}

/** Memory and CPU of the page and of the compositor since the last time. */
async function watchProcesses(browser: Browser, page: Page) {
  const [whole, own] = [await browser.newBrowserCDPSession(), await page.context().newCDPSession(page)]
  let before = await cpuOf(whole)
  let lastAt = Date.now()
  return async (): Promise<Pick<Stretch, 'heapMb' | 'residentMb' | 'pageCpu' | 'compositorCpu'>> => {
    const heapMb = await heapMbOf(own)
    const now = await cpuOf(whole)
    const seconds = (Date.now() - lastAt) / 1000
    const shareOf = (type: string) => ((now.seconds.get(type) ?? 0) - (before.seconds.get(type) ?? 0)) / seconds
    const answer = {
      heapMb,
      residentMb: now.residentMb,
      pageCpu: shareOf('renderer'),
      compositorCpu: shareOf('GPU'),
    }
    before = now
    lastAt = Date.now()
    return answer
  }
}

/** The heap of a page after a collection. */
async function heapMbOf(session: CDPSession): Promise<number> {
  // Twice: the second one ends the sweeping of the first.
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

/** The page of a patient, left open for a while: its heap before and after. */
async function watchPatient(page: Page, { caller }: SimulatedWard): Promise<readonly [before: number, after: number]> {
  const session = await page.context().newCDPSession(page)
  await page.evaluate((patient) => (location.hash = `#/patient/${patient}`), caller.patient)
  await page.locator('.patient-numerals').waitFor()
  await page.waitForTimeout(PATIENT_FILLS_MS)
  const before = await heapMbOf(session)
  await page.waitForTimeout(PATIENT_MS)
  return [before, await heapMbOf(session)]
}

async function cpuOf(session: CDPSession) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const seconds = new Map<string, number>()
  let residentMb = 0
  for (const { type, id, cpuTime } of processInfo) {
    seconds.set(type, (seconds.get(type) ?? 0) + cpuTime)
    if (type === 'renderer' || type === 'GPU') residentMb += residentMbOf(id)
  }
  return { seconds, residentMb }
}

/** What a process alone holds, by Linux: without what it shares with others (the pixels on their way). */
function residentMbOf(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1000
}

/** A patient presses the button; somebody at the desk presses `a`. */
async function callAndAcknowledge(page: Page, { caller }: SimulatedWard): Promise<WardReport['alarm']> {
  await page.evaluate(() => (window.ward.pulses = []))
  const publishedAt = await caller.press()
  const entry = page.locator('.bar-entry.high.unacknowledged', { hasText: 'PATIENT CALLS' })
  await entry.waitFor({ timeout: 30_000 })
  const screenMs = Date.now() - publishedAt
  await page.waitForFunction(() => window.ward.pulses.length > 0)
  const [soundedAt = Number.NaN] = await page.evaluate(() => window.ward.pulses)
  const pressedAt = Date.now()
  await page.keyboard.press('a')
  // A call is over when somebody has answered it.
  await entry.waitFor({ state: 'detached', timeout: 30_000 })
  return { soundMs: soundedAt - publishedAt, screenMs, acknowledgedMs: Date.now() - pressedAt, keys: 1 }
}

/** Which real beats of the healthy nobody found. */
async function missedBeats(
  api: ApiClient,
  healthy: readonly HealthyPatient[],
  until: number,
): Promise<WardReport['beats']> {
  let real = 0
  const where: string[] = []
  for (const { id, bed, beats } of healthy) {
    const from = (beats[0] ?? until) + LEARNING_MS
    const wanted = beats.filter((at) => at >= from && at < until)
    const found = await beatsOf(api, id, from - 1000, until)
    real += wanted.length
    let next = 0
    for (const at of wanted) {
      while ((found[next] ?? Infinity) < at - BEAT_WITHIN_MS) next += 1
      if (Math.abs((found[next] ?? Infinity) - at) > BEAT_WITHIN_MS)
        where.push(`${bed} at ${new Date(at).toISOString()}`)
    }
  }
  return { real, missed: where.length, where }
}

/** The beats of a patient, once all up to `to` are recorded. */
async function beatsOf(api: ApiClient, patient: string, from: number, to: number): Promise<number[]> {
  const deadline = Date.now() + RECORDED_WITHIN_MS
  for (;;) {
    const all: number[] = []
    let next: number | string | undefined = Math.floor(from)
    while (next !== undefined) {
      const page: { beats: [number, string][]; next?: number | string } = await api.call(
        'GET',
        `/patients/${patient}/findings?type=beat&from=${next}&to=${to + ON_ITS_WAY_MS}`,
      )
      all.push(...page.beats.map(([at]) => at))
      next = page.next
    }
    if ((all.at(-1) ?? 0) >= to || Date.now() > deadline) return all.sort((a, b) => a - b)
    await new Promise((done) => setTimeout(done, 500))
  }
}

/** What rang high: of the healthy, who all lie still, and of the system itself (a machine that is too busy says so). */
async function highAlarms(
  api: ApiClient,
  { healthy }: SimulatedWard,
): Promise<Pick<WardReport, 'falseHigh' | 'system'>> {
  const { alarms } = await api.call<{ alarms: { patient: string; priority: string; type: string; message: string }[] }>(
    'GET',
    `/alarms?from=${Date.now() - 86_400_000}&to=${Date.now() + 60_000}`,
  )
  const high = alarms.filter(({ priority, type }) => priority === 'high' && type !== 'patient-button')
  const bedOf = new Map(healthy.map(({ id, bed }) => [id, bed]))
  const falseHigh = high.flatMap(({ patient, message }) => {
    const bed = bedOf.get(patient)
    return bed === undefined ? [] : [`${bed}: ${message}`]
  })
  return { falseHigh, system: high.filter(({ type }) => type === 'system').map(({ message }) => message) }
}
