import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PHONE, fingerprint, launch, openPage, screenshot, seriousViolations, signIn } from './support/browser.ts'
import { type Polyline, pdfPolylines } from './support/pdf-paths.ts'
import { BEDSIDE_PASSWORD as PASSWORD, type Bedside, startBedside } from './support/bedside.ts'

const ATTACK = 'HEART ATTACK?'
/** What an answer of `/waveforms` may have, for a screen: an hour of samples would be several times as much. */
const MOST_BYTES = 1_500_000

const milliseconds = async (page: Page) =>
  Number(/^(\d+) ms/.exec(await page.locator('output.measure').first().innerText())?.[1])
const clock = (text: string) => text.match(/\d\d:\d\d:\d\d/g) ?? []

/** A cardiologist reads the waves of bed 4: live, frozen, the hour, the strip of the alarm, on paper. */
describe('the waves of a patient', () => {
  let bedside: Bedside
  let browser: Browser
  let page: Page
  let complaints: string[]
  let url: string
  let bytes = 0

  beforeAll(async () => {
    bedside = await startBedside()
    url = `http://127.0.0.1:${bedside.httpPort}/`
    browser = await launch()
    ;({ page, complaints } = await openPage(browser))
    page.on('response', (response) => {
      if (!response.url().includes('/waveforms?')) return
      void response.body().then(
        (body) => {
          bytes = Math.max(bytes, body.byteLength)
        },
        () => undefined,
      )
    })
    await signIn(page, url, PASSWORD)
    await page.goto(`${url}#/patient/${bedside.patient}`)
  })
  afterAll(async () => {
    await browser?.close()
    await bedside?.stop()
  })

  it('come live, all of them, in the order of convention, on a grid with its scale written', async () => {
    await expect
      .poll(() => page.locator('.live-lane .sweep-label').allInnerTexts(), { timeout: 30_000 })
      .toEqual(['I', 'II', 'III', 'aVF', 'Pleth', 'Resp'])
    await expect.poll(async () => (await fingerprint(page, '.live-lane canvas')).lit).toBeGreaterThan(200)
    expect(await page.locator('.live-lane .mm-grid').count()).toBe(6)
    expect(await page.locator('.delay').innerText()).toContain('1 mm = 3.78 px')
  })

  it('have beats, intervals and ST over them as soon as the analysis has spoken', async () => {
    await expect.poll(() => page.locator('.live-beat').count(), { timeout: 60_000 }).toBeGreaterThan(3)
    await expect.poll(() => page.locator('.live-rr').count()).toBeGreaterThan(2)
    await expect.poll(() => page.locator('.live-st').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(4)
    expect(await page.locator('.live-marks').getAttribute('aria-label')).toMatch(/Beats: \d+\/min · RR/)
    await screenshot(page, 'waves-live')
  })

  it('can be left out, and the choice says so', async () => {
    await page.locator('.wave-choice summary').click()
    await page.getByLabel('III', { exact: true }).uncheck()
    expect(await page.locator('.wave-choice summary').innerText()).toBe('Waves (1 hidden)')
    await expect.poll(() => page.locator('.live-lane').count()).toBe(5)
    await page.getByLabel('III', { exact: true }).check()
    await page.locator('.wave-choice summary').click()
    await expect.poll(() => page.locator('.live-lane').count()).toBe(6)
  })

  it('freeze with the space bar while everything else goes on', async () => {
    await page.locator('.patient-head h1').click()
    await page.keyboard.press(' ')
    await page.locator('.frozen .trace').first().waitFor()
    expect(await page.locator('.frozen-banner').innerText()).toMatch(/Frozen at \d\d:\d\d:\d\d – live monitoring/)
    await expect.poll(() => page.locator('.patient-numerals .numeral.current').count()).toBeGreaterThan(2)
    await page.keyboard.press('c')
    await page.locator('.caliper.leg').first().waitFor()
    await screenshot(page, 'waves-frozen')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('are measured by keyboard: on two beats the interval is the RR, and a step is 4 ms', async () => {
    const rr = await page.locator('.frozen .rr').allTextContents()
    const measured = await milliseconds(page)
    expect(rr.map(Number).some((interval) => Math.abs(interval - measured) <= 1)).toBe(true)
    const [a, b] = await page
      .locator('.caliper.leg')
      .evaluateAll((legs) => legs.map((leg) => Number(leg.getAttribute('aria-valuenow'))))
    const isForward = (b ?? 0) > (a ?? 0)
    await page.getByRole('slider', { name: 'Caliper, second leg' }).focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => milliseconds(page)).toBe(measured + (isForward ? 4 : -4))
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(() => milliseconds(page)).toBe(measured + (isForward ? 44 : -44))
    expect(await page.locator('output.measure').innerText()).toMatch(/^\d+ ms · \d+\/min · 1\.00 mV$/)
    await page.keyboard.press('m')
    await expect.poll(() => page.locator('.marched').count()).toBeGreaterThan(2)
  })

  it('are measured with the mouse: 25 mm are a second, 10 mm are a millivolt', async () => {
    await page.keyboard.press('Delete')
    await expect.poll(() => page.locator('.caliper').count()).toBe(0)
    const box = await page.locator('.frozen .paper:not(.paper-margin)').boundingBox()
    if (!box) throw new Error('no paper')
    const mm = 96 / 25.4
    await page.mouse.move(box.x + 30 * mm, box.y + 14 * mm)
    await page.mouse.down()
    await page.mouse.move(box.x + 55 * mm, box.y + 24 * mm, { steps: 4 })
    await page.mouse.up()
    const [, interval, amplitude] =
      /^(\d+) ms .* (\d\.\d\d) mV$/.exec(await page.locator('output.measure').innerText()) ?? []
    expect(Math.abs(Number(interval) - 1000)).toBeLessThanOrEqual(10)
    expect(Math.abs(Number(amplitude) - 1)).toBeLessThanOrEqual(0.01)
    await page.keyboard.press('Delete')
    await expect.poll(() => page.locator('.caliper').count()).toBe(0)
  })

  it('look back over what was, and Escape goes on live, not to the ward', async () => {
    const shown = () => page.locator('.frozen .turning span').innerText()
    const before = clock(await shown())
    await page.keyboard.press('PageUp')
    await expect.poll(async () => clock(await shown())[1]).toBe(before[0])
    await page.locator('.frozen .trace').first().waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.live-lane').first().waitFor()
    expect(page.url()).toContain(`#/patient/${bedside.patient}`)
  })

  it('around an alarm are its strip: from the card, with evidence, rule, beats and its place', async () => {
    const card = page.locator('.card.alarm-high', { hasText: ATTACK })
    await card.waitFor()
    await card.getByRole('button', { name: 'Show strip' }).click()
    await expect.poll(() => card.locator('.strip .trace').count(), { timeout: 20_000 }).toBe(6)
    await card.getByRole('link', { name: 'whole strip' }).click()
    await page.locator('.strip-page .trace').first().waitFor()
    // Ten seconds before and after: the end may still be on its way.
    await expect
      .poll(() => page.locator('.strip-page .strip-caption').innerText(), { timeout: 30_000 })
      .toMatch(/mV · 25 mm\/s · \d+\/min · RR \d+ to \d+ ms$/)
    expect(
      await page
        .locator('.strip-page .trace')
        .evaluateAll((all) => all.map((path) => path.getAttribute('data-signal'))),
    ).toEqual(['ecg.I', 'ecg.II', 'ecg.III', 'ecg.aVF', 'ppg', 'resp'])
    expect(await page.locator('.strip-page .marker').textContent()).toBe(ATTACK)
    expect(await page.locator('.strip-page .beat').count()).toBeGreaterThan(12)
    expect(await page.locator('.strip-page .st').count()).toBeGreaterThanOrEqual(4)
    expect(await page.locator('.strip-page .evidence').innerText()).toMatch(/ST up: .*mV/)
    expect(await page.locator('.strip-page .card-rule').innerText()).toMatch(/Rule \S+ \d/)
    await screenshot(page, 'strip')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('are true to scale on the screen, and in the print: 1 mV is 10 mm, 1 s is 25 mm', async () => {
    const size = await page.$eval(
      '.strip-page .paper:not(.paper-margin)',
      (paper) => paper.getBoundingClientRect().width,
    )
    expect(size / (96 / 25.4)).toBeCloseTo(10 + 20 * 25, 0)
    for (const format of ['A4', 'Letter']) {
      const lines = pdfPolylines(await page.pdf({ format, landscape: true }))
      ruler(lines, 8)
      // What is drawn is the recording: samples of 4 ms are 0.1 mm apart.
      const traces = lines.filter((line) => line.length > 1000)
      expect(traces.length).toBeGreaterThanOrEqual(12)
      const [trace = []] = traces
      const [first, last] = [trace[0]?.[0] ?? 0, trace.at(-1)?.[0] ?? 0]
      expect((last - first) / (trace.length - 1)).toBeCloseTo(0.1, 2)
    }
  })

  it('printed at 20 mm/mV and 50 mm/s are so too, with all that paper has to say', async () => {
    await page.getByRole('group', { name: 'Gain, mm/mV' }).getByRole('button', { name: '20' }).click()
    await page.getByRole('group', { name: 'Speed, mm/s' }).getByRole('button', { name: '50' }).click()
    await expect.poll(() => page.locator('.print-heading').first().textContent()).toContain('20 mm/mV · 50 mm/s')
    const [heading] = await page.locator('.print-heading').allTextContents()
    expect(heading).toMatch(/J\. Tanaka.*born 1958.*Bed 4.*id p1/)
    expect(heading).toMatch(/\d\d \w{3} \d{4} \d\d:\d\d:\d\d to \d\d:\d\d:\d\d .*\(GMT.*\)/)
    for (const fact of ['filter: none', 'device: d1', 'not a medical device', 'rule myocardial-infarction']) {
      expect(heading).toContain(fact)
    }
    const pulses = calibrations(pdfPolylines(await page.pdf({ format: 'A4', landscape: true })))
    expect(pulses.length).toBeGreaterThanOrEqual(8)
    for (const { heightMm } of pulses) within(heightMm, 20)
    await page.getByRole('group', { name: 'Gain, mm/mV' }).getByRole('button', { name: '10' }).click()
    await page.getByRole('group', { name: 'Speed, mm/s' }).getByRole('button', { name: '25' }).click()
  })

  it('are turned by ten seconds in both directions', async () => {
    const title = () => page.locator('.strip-page h2').first().innerText()
    const [from, to] = clock(await title())
    await page.keyboard.press('ArrowLeft')
    await expect.poll(async () => clock(await title())[1]).not.toBe(to)
    await page.keyboard.press('ArrowRight')
    await expect.poll(async () => clock(await title())).toEqual([from, to])
  })

  it('have an address: a colleague who signs in sees the same strip', async () => {
    await page.getByRole('button', { name: 'Link' }).click()
    const address = await page.getByLabel('Address of this strip').inputValue()
    expect(address).toContain(`#/patient/${bedside.patient}/strip?at=`)
    const colleague = await openPage(browser, { width: 1280, height: 800 }, 'light')
    await colleague.page.goto(address)
    await colleague.page.fill('input[name=user]', 'admin')
    await colleague.page.fill('input[name=password]', PASSWORD)
    await colleague.page.click('button[type=submit]')
    await colleague.page.locator('.strip-page .marker', { hasText: ATTACK }).waitFor({ timeout: 30_000 })
    expect(await colleague.page.locator('.strip-page h2').first().innerText()).toBe(
      await page.locator('.strip-page h2').first().innerText(),
    )
    await screenshot(colleague.page, 'strip-light')
    expect(await seriousViolations(colleague.page)).toEqual([])
    await colleague.close()
  })

  it('of an hour are one page, a minute a line, and no hour of samples is sent for it', async () => {
    await page.getByRole('link', { name: 'The hour' }).click()
    await expect.poll(() => page.locator('.minute').count(), { timeout: 30_000 }).toBe(60)
    const drawn = await page.$$eval(
      '.hour-trace',
      (paths) => paths.filter((path) => path.getAttribute('d') !== '').length,
    )
    expect(drawn).toBeGreaterThan(0)
    // What was not recorded is empty, not a line.
    expect(drawn).toBeLessThan(60)
    expect(await page.locator('.beat-legend').innerText()).toMatch(/N normal \d+/)
    await expect.poll(() => page.locator(`.hour-alarm[aria-label*="${ATTACK}"]`).count()).toBe(1)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(MOST_BYTES)
    await page.locator('.cursor-strip .trace').waitFor()
    await screenshot(page, 'disclosure')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('are found on that page by click and by keys, and opened at 25 mm/s with calipers', async () => {
    const at = () => page.locator('.cursor-strip strong').first().innerText()
    const before = await at()
    await page.locator('.hour-page').focus()
    await page.keyboard.press('ArrowUp')
    await expect.poll(at).not.toBe(before)
    await page.keyboard.press('ArrowDown')
    await expect.poll(at).toBe(before)
    const minute = page.locator('.minute').nth(Number(before.split(':')[1]))
    const box = await minute.locator('.minute-trace').boundingBox()
    if (!box) throw new Error('no line')
    await page.mouse.click(box.x + box.width / 4, box.y + box.height / 2)
    await expect.poll(at).toMatch(/:1[45]$/)
    await page.getByRole('img', { name: `Strip at ${await at()}` }).waitFor()
    await page.keyboard.press('c')
    await page.locator('.cursor-strip .caliper.leg').first().waitFor()
    await page.locator('.hour-page').focus()
    await page.keyboard.press('PageUp')
    await expect.poll(() => page.locator('.disclosure h2').innerText()).not.toContain(`${before.slice(0, 2)}:00 to`)
    await page.getByText('No ECG is stored of this hour.').waitFor()
    await page.keyboard.press('PageDown')
    await page.locator('.minute').first().waitFor()
  })

  it('of an hour print on one sheet of A4 and of Letter', async () => {
    for (const format of ['A4', 'Letter']) {
      const pdf = await page.pdf({ format, landscape: true })
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1)
    }
  })

  it('lead from an alarm on that page to its strip', async () => {
    await page.locator(`.hour-alarm[aria-label*="${ATTACK}"]`).click()
    await page.locator('.strip-page .marker', { hasText: ATTACK }).waitFor()
  })

  it('that are not stored are said to be so', async () => {
    await page.goto(`${url}#/patient/${bedside.patient}/strip?at=2020-01-01T00:00:00Z`)
    await page.getByText('No samples are stored of these twenty seconds').waitFor()
  })

  it('are one lead on a phone, and a strip that scrolls', async () => {
    const phone = await openPage(browser, PHONE)
    await signIn(phone.page, url, PASSWORD)
    await phone.page.goto(`${url}#/patient/${bedside.patient}`)
    await expect.poll(() => phone.page.locator('.live-lane').count(), { timeout: 20_000 }).toBe(1)
    await screenshot(phone.page, 'waves-phone')
    await phone.page.goto(`${url}#/patient/${bedside.patient}/disclosure`)
    await phone.page.locator('.minute').first().waitFor({ timeout: 30_000 })
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    await screenshot(phone.page, 'disclosure-phone')
    await phone.close()
  })

  it('complained about nothing', () => {
    expect(complaints).toEqual([])
  })
})

/** The calibration pulses of a page: foot, up, 5 mm, down, foot. */
function calibrations(lines: readonly Polyline[]): { heightMm: number; widthMm: number }[] {
  return lines.flatMap((line) => {
    const steps = line.slice(1).map(([x, y], i) => [x - (line[i]?.[0] ?? 0), y - (line[i]?.[1] ?? 0)] as const)
    const [foot, up, top, down, end] = steps
    if (steps.length !== 5 || !foot || !up || !top || !down || !end) return []
    // Its feet are a millimetre long: nothing else on the page is like that.
    const feet = [foot, end].every(([x]) => Math.abs(Math.abs(x) - 1) < 0.02)
    const level = [foot, top, end].every(([, y]) => Math.abs(y) < 0.01)
    const upright = [up, down].every(([x]) => Math.abs(x) < 0.01)
    return feet && level && upright ? [{ heightMm: Math.abs(up[1]), widthMm: Math.abs(top[0]) }] : []
  })
}

function within(seen: number, wanted: number): void {
  expect(Math.abs(seen / wanted - 1)).toBeLessThan(0.01)
}

/** Holds a ruler to a printed strip: the pulse of 1 mV, and the ticks of the seconds. */
function ruler(lines: readonly Polyline[], leastPulses: number): void {
  const pulses = calibrations(lines)
  expect(pulses.length).toBeGreaterThanOrEqual(leastPulses)
  for (const { heightMm, widthMm } of pulses) {
    within(heightMm, 10)
    within(widthMm, 5)
  }
  const ticks = lines
    .filter(([a = [0, 0], b = [0, 0], ...more]) => more.length === 0 && Math.abs(Math.abs(b[1] - a[1]) - 1.4) < 0.02)
    .map(([a = [0, 0]]) => a[0])
  const distances = ticks.slice(1).map((x, i) => x - (ticks[i] ?? 0))
  const seconds = distances.filter((distance) => distance > 0)
  expect(seconds.length).toBeGreaterThanOrEqual(16)
  for (const distance of seconds) within(distance, 25)
}
