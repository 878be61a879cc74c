import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import AxeBuilder from 'axe-core'
import { type Browser, type Page, chromium } from 'playwright-core'

declare global {
  interface Window {
    /** What axe-core's source leaves in the page. */
    axe: typeof AxeBuilder
    /** Pulses that the page has sounded, where `countPulses` was asked to count. */
    pulses: number
  }
}

export const ROOT = resolve(import.meta.dirname, '../../..')
const SCREENSHOTS = join(ROOT, '.artifacts/screenshots')

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Chromium, headless; run.mjs has found it. */
export function launch(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [...FLAGS, ...flags],
  })
}

export const DESK = { width: 1920, height: 1080 }
export const PHONE = { width: 390, height: 844 }

/** A page that keeps what it complains about. A 401 before sign-in is no complaint. */
export async function openPage(browser: Browser, viewport = DESK, theme: 'dark' | 'light' = 'dark') {
  const context = await browser.newContext({ viewport, hasTouch: viewport === PHONE, isMobile: viewport === PHONE })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
  await page.addInitScript((theme) => localStorage.setItem('pulsewire-theme', theme), theme)
  return { page, complaints, close: () => context.close() }
}

/** Waits as a hand does between two keys: what follows at once is taken for a code scanner's (`ui/hand.ts`). */
export async function pauseOfHand(page: Page): Promise<void> {
  const at = await page.evaluate(() => performance.now())
  await page.waitForFunction((at) => performance.now() > at + 100, at)
}

export async function signIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(url)
  await page.fill('input[name=user]', 'admin')
  await page.fill('input[name=password]', password)
  await page.click('button[type=submit]')
  await page.waitForSelector('.tile', { timeout: 30_000 })
}

/** Counts in `window.pulses` what a page sounds. Before it is loaded. */
export async function countPulses(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.pulses = 0
    const start = Reflect.get(OscillatorNode.prototype, 'start')
    OscillatorNode.prototype.start = function (when) {
      window.pulses += 1
      start.call(this, when)
    }
  })
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** Serious and critical violations that axe-core finds, as `rule: element`. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so that the page's own content security policy stays as strict as it is.
  await page.evaluate(AxeBuilder.source)
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
  })
}

const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** All that axe-core finds against WCAG 2.2 AA, whatever its impact, as `rule: element`. */
export async function wcagViolations(page: Page): Promise<string[]> {
  await page.evaluate(AxeBuilder.source)
  return page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] })
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
  }, WCAG_22_AA)
}

/** The times between frames, ms, sorted. */
export async function frameTimes(page: Page, count = 300): Promise<number[]> {
  const times = await page.evaluate(
    (count) =>
      new Promise<number[]>((done) => {
        const times: number[] = []
        let last = performance.now()
        const frame = (now: number) => {
          times.push(now - last)
          last = now
          if (times.length < count) requestAnimationFrame(frame)
          else done(times)
        }
        requestAnimationFrame(frame)
      }),
    count,
  )
  return times.slice(1).sort((a, b) => a - b)
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

/** What a wave shows: how much of it is lit, and which of its columns; `hash` changes when the pixels do. */
export interface WavePixels {
  readonly hash: number
  readonly lit: number
  /** `#` where a column has a pixel that is not empty, else `.` */
  readonly columns: string
}

/** Of a canvas all of it; of a place on the ward's sheet that part of the sheet. */
export function fingerprint(page: Page, selector: string): Promise<WavePixels> {
  return page.$eval(selector, (element) => {
    const canvas =
      element instanceof HTMLCanvasElement ? element : document.querySelector<HTMLCanvasElement>('.wave-sheet')
    if (!canvas) throw new Error('no canvas')
    const [sheet, box] = [canvas.getBoundingClientRect(), element.getBoundingClientRect()]
    const scale = canvas.width / sheet.width
    const [width, height] = [Math.floor(box.width * scale), Math.floor(box.height * scale)]
    if (width < 1 || height < 1) return { hash: 0, lit: 0, columns: '' }
    // A copy: what a worker draws on can only be drawn from.
    const copy = new OffscreenCanvas(width, height).getContext('2d')
    const [x, y] = [Math.ceil((box.left - sheet.left) * scale), Math.ceil((box.top - sheet.top) * scale)]
    copy?.drawImage(canvas, x, y, width, height, 0, 0, width, height)
    const pixels = copy?.getImageData(0, 0, width, height).data ?? []
    const columns = Array.from({ length: width }, () => '.')
    let hash = 0
    let lit = 0
    for (let i = 3; i < pixels.length; i += 4) {
      const alpha = pixels[i] ?? 0
      hash = (hash * 31 + alpha) | 0
      if (alpha === 0) continue
      lit += 1
      columns[((i - 3) / 4) % width] = '#'
    }
    return { hash, lit, columns: columns.join('') }
  })
}

/** The lengths of the dark runs of a sweep, one that goes on at the left edge counted as one: of a whole trace, the erase bar alone. */
export function darkRuns(columns: string): number[] {
  const start = columns.indexOf('#')
  if (start < 0) return [columns.length]
  const turned = columns.slice(start) + columns.slice(0, start)
  return turned.split(/#+/).flatMap((run) => (run.length > 0 ? [run.length] : []))
}
