import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PHONE, ROOT, fingerprint, launch, openPage, screenshot, seriousViolations, signIn } from './support/browser.ts'
import { PASSWORD, type TestStation, startStation } from './support/station.ts'

const MINUTE = 60_000
const HOURS = 6
const ARTIFACTS = join(ROOT, '.artifacts/screenshots')

/** A nurse and a physician look at a patient's past: six hours that a node had kept in its spool, and what comes now. */
describe('the past of a patient', () => {
  let station: TestStation
  let browser: Browser
  let page: Page
  let complaints: string[]
  let url: string

  /** From a page loaded anew, so that nothing is left of the test before. */
  const go = async (section: string) => {
    await page.goto(url)
    await page.waitForSelector('.tile')
    await page.goto(`${url}#/patient/ada/${section}`)
    await page.waitForSelector('.section-page')
  }

  /** The trends of the last 12 hours, drawn. */
  const goTrends = async () => {
    await go('trends')
    await page.getByRole('button', { name: '12 h', exact: true }).click()
    await expect.poll(() => page.locator('.trend-stack .chart canvas').count()).toBeGreaterThanOrEqual(4)
    await expect
      .poll(async () => (await fingerprint(page, '[data-pane=hr] canvas')).lit, { timeout: 30_000 })
      .toBeGreaterThan(200)
  }

  beforeAll(async () => {
    station = await startStation(false)
    url = `http://127.0.0.1:${station.httpPort}/`
    await seed(station)
    browser = await launch()
    ;({ page, complaints } = await openPage(browser))
    await signIn(page, url, PASSWORD)
  })
  afterAll(async () => {
    await browser?.close()
    await station?.stop()
  })

  it('trends show the last hours in charts over one axis, with the values in words', async () => {
    await goTrends()
    await expect.poll(() => page.locator('[data-code="heartRate"] b').innerText(), { timeout: 30_000 }).toMatch(/^\d+$/)
    await screenshot(page, 'trends')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('a drag zooms, back goes back, and the arrow keys move along the axis', async () => {
    await goTrends()
    // The range and whether it is live; the width of the windows follows once they are loaded.
    const shown = async () => (await page.locator('.trend-range').innerText()).split(' · mean')[0] ?? ''
    const before = await shown()
    const plot = await page.locator('[data-pane=hr] .u-over').boundingBox()
    if (!plot) throw new Error('no chart')
    await page.mouse.move(plot.x + plot.width * 0.3, plot.y + 30)
    await page.mouse.down()
    await page.mouse.move(plot.x + plot.width * 0.6, plot.y + 30, { steps: 5 })
    await page.mouse.up()
    await expect.poll(shown).toContain('the past')
    const zoomed = await shown()
    expect(zoomed).not.toBe(before)
    await page.locator('.trend-stack').focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(shown).not.toBe(zoomed)
    await page.keyboard.press('Backspace')
    await expect.poll(shown).toBe(zoomed)
    await page.getByRole('button', { name: 'Back', exact: true }).click()
    await expect.poll(shown).toContain('live')
  })

  it('the table and the file have exactly what is shown, and an hour without data has no row', async () => {
    await goTrends()
    await page.getByRole('button', { name: 'As a table' }).click()
    const rows = page.locator('.trend-rows tbody tr')
    await expect.poll(() => rows.count()).toBeGreaterThan(50)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save CSV' }).click(),
    ])
    const csv = await readFile(await download.path(), 'utf8')
    const times = csv
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => Number(line.split(',')[1]))
    expect(times.length).toBe(await rows.count())
    const now = Date.now()
    expect(times.filter((at) => at > now - 175 * MINUTE && at < now - 125 * MINUTE)).toEqual([])
    await page.getByRole('button', { name: 'Hide table' }).click()
  })

  it('a note of a nurse is marked in the trends, corrected with what it said before, and struck out, not removed', async () => {
    await goTrends()
    await page.getByLabel('Note', { exact: true }).fill('Chest pain, left arm')
    await page.getByLabel('Kind').selectOption('symptom')
    await page.getByRole('button', { name: 'Add note' }).click()
    await page.locator('.mark-lane a[aria-label*="Chest pain"]').waitFor()
    await go('timeline')
    const note = page.locator('.note', { hasText: 'Chest pain, left arm' })
    await note.getByRole('button', { name: 'Correct' }).click()
    await page.getByLabel('Corrected text').fill('Chest pain, jaw')
    await page.getByLabel('Correct the note').getByRole('button', { name: 'Correct' }).click()
    const corrected = page.locator('.note', { hasText: 'Chest pain, jaw' })
    await corrected.locator('summary', { hasText: 'One earlier version' }).click()
    expect(await corrected.innerText()).toContain('Chest pain, left arm')
    await corrected.getByRole('button', { name: 'Strike out', exact: true }).click()
    await corrected.getByRole('button', { name: /^Strike it out/ }).click()
    await page.locator('.note.struck s', { hasText: 'Chest pain, jaw' }).waitFor()
  })

  it('a note that another screen wrote is there at once, and not in a stretch before it', async () => {
    await go('timeline')
    await post('patients/ada/annotations', { text: 'Walked to the bathroom', category: 'activity' })
    await page.locator('.note', { hasText: 'Walked to the bathroom' }).waitFor()
    await page.getByRole('button', { name: '◀ Earlier' }).click()
    await page.locator('.note', { hasText: 'Walked to the bathroom' }).waitFor({ state: 'detached' })
  })

  it('the timeline tells alarms, staff and devices, filtered and of any stretch', async () => {
    await go('timeline')
    await page.getByRole('button', { name: '24 h', exact: true }).click()
    await page.locator('.timeline-line[data-kind=alarm]').first().waitFor({ timeout: 30_000 })
    await page.locator('.timeline-line[data-kind=staff]', { hasText: 'Observations entered' }).first().waitFor()
    await page.locator('.timeline-line[data-kind=device]', { hasText: 'Patient pressed the button' }).waitFor()
    expect(await page.locator('.timeline-line[data-kind=alarm] a', { hasText: 'Strip' }).first().getAttribute('href'))
      .toMatch(/^#\/patient\/ada\/strip\?at=/) // prettier-ignore
    await screenshot(page, 'timeline')
    expect(await seriousViolations(page)).toEqual([])
    await page
      .locator('.timeline-filter')
      .getByRole('button', { name: /^Alarms/ })
      .click()
    await expect.poll(() => page.locator('.timeline-line[data-kind=alarm]').count()).toBe(0)
    await page
      .locator('.timeline-filter')
      .getByRole('button', { name: /^Alarms/ })
      .click()
    await page.getByRole('button', { name: '◀ Earlier' }).click()
    await page.getByText('Nothing in this stretch.').waitFor()
    await page.getByRole('button', { name: 'Now', exact: true }).click()
  })

  it('an alarm is judged in the timeline, and that is a line of it', async () => {
    await go('timeline')
    const line = page.locator('.timeline-line[data-kind=alarm]', { hasText: 'Patient calls' }).first()
    await line.getByRole('button', { name: 'Evidence' }).click()
    await line.getByRole('button', { name: 'False alarm' }).click()
    await page.locator('.timeline-line[data-kind=staff]', { hasText: 'False alarm' }).first().waitFor()
  })

  it('the NEWS2 chart has the college’s rows, and scores the observations of a round', async () => {
    await go('news2')
    await page.locator('.news2').waitFor()
    const column = page.locator('.news2-time', { hasText: 'admin' })
    await column.first().waitFor()
    expect(await page.locator('.news2-band', { hasText: '21–24' }).count()).toBe(1)
    const totals = await page.locator('.news2-total tr').first().locator('td').allInnerTexts()
    expect(totals.some((text) => /^\d+$/.test(text.trim()))).toBe(true)
    expect(totals.some((text) => text.includes('partial'))).toBe(true)
    await screenshot(page, 'news2')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('limits are confirmed with the old value beside the new, and who changed them is kept', async () => {
    await page.goto(url)
    await page.waitForSelector('.tile')
    await page.goto(`${url}#/patient/ada`)
    await page.getByRole('tab', { name: 'Limits' }).click()
    await page.getByLabel('Heart rate, high limit').fill('131')
    await page.getByRole('button', { name: 'Set limits' }).click()
    expect(await page.locator('.confirm').innerText()).toContain('Heart rate high 120 → 131')
    await page.locator('.confirm').getByRole('button', { name: 'Confirm', exact: true }).click()
    await page.locator('.limits-history li', { hasText: 'admin: Heart rate high 120 → 131' }).waitFor()
  })

  it('the report prints to a PDF of A4 pages with what happened, as text', async () => {
    await go('report')
    await page.locator('.report').waitFor({ timeout: 30_000 })
    await expect.poll(() => page.locator('.report .report-chart').count(), { timeout: 30_000 }).toBeGreaterThan(3)
    await page.locator('.report .news2').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    mkdirSync(ARTIFACTS, { recursive: true })
    const path = join(ARTIFACTS, 'report.pdf')
    await page.pdf({ path, format: 'A4', printBackground: true })
    await screenshot(page, 'report')
    const parts = ['Ada Example', 'Alarms', 'Rhythm', 'Trends', 'NEWS2', 'Walked to the bathroom', 'struck out']
    const shown = await page.locator('.report').innerText()
    expect(parts.filter((part) => !shown.includes(part))).toEqual([])
    const pdf = (await readFile(path)).toString('latin1')
    const pages = [...pdf.matchAll(/\/Type \/Page\b[^s][\s\S]*?\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)]
    expect(pages.length).toBeGreaterThan(0)
    // A4 in points; Chromium rounds to whole pixels.
    for (const [, width, height] of pages) {
      expect(Math.abs(Number(width) - 595.28)).toBeLessThan(1)
      expect(Math.abs(Number(height) - 841.89)).toBeLessThan(1.5)
    }
    // Where the machine can read a PDF as text: the paper says what the page does, and nothing of its buttons.
    if (!existsSync('/usr/bin/pdftotext')) return
    const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' })
    expect(parts.filter((part) => !text.includes(part))).toEqual([])
    expect(text).not.toContain('Print or save as PDF')
  })

  it.each([
    ['on a phone', 'phone', PHONE, 'dark'],
    ['in daylight', 'light', { width: 1280, height: 800 }, 'light'],
  ] as const)('all of it works %s', async (_, name, viewport, theme) => {
    const other = await openPage(browser, viewport, theme)
    try {
      await signIn(other.page, url, PASSWORD)
      for (const [section, drawn] of [
        ['trends', '.trend-stack .chart canvas'],
        ['news2', '.news2-total'],
        ['timeline', '.timeline-line'],
      ]) {
        await other.page.goto(`${url}#/patient/ada/${section}`)
        await other.page.locator(`.section-page ${drawn}`).first().waitFor()
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect.soft([section, wide]).toEqual([section, 0])
        expect.soft([section, await seriousViolations(other.page)]).toEqual([section, []])
        await screenshot(other.page, `${section}-${name}`)
      }
    } finally {
      await other.close()
    }
  })

  it('complained about nothing', () => {
    expect(complaints).toEqual([])
  })

  async function post(path: string, body: object): Promise<void> {
    const ok = await page.evaluate(
      async ([path, body]) => {
        const headers = { 'content-type': 'application/json' }
        return (await fetch(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).ok
      },
      [path, body] as const,
    )
    expect(ok).toBe(true)
  }
})

/** Ada and her patch: six hours of values out of a spool with an hour missing, two rounds of observations, a press of the button. */
async function seed({ httpPort, mqttPort }: TestStation): Promise<void> {
  const api = `http://127.0.0.1:${httpPort}/api/v1`
  const session = await call(`${api}/session`, '', { user: 'admin', password: PASSWORD })
  const token = String(session['token'])
  await call(`${api}/patients`, token, { id: 'ada', name: 'Ada Example', dateOfBirth: '1955-04-02', sex: 'female', place: 'Bed 1' }) // prettier-ignore
  const { credential } = await call(`${api}/devices`, token, { id: 'patch-1' })
  const from = Date.now() - (HOURS + 1) * 60 * MINUTE
  await call(`${api}/devices/patch-1/patient`, token, { patient: 'ada', from }, 'PUT')
  const { username, password } = credential as { username: string; password: string }
  const device = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: username, username, password })
  let seq = 0
  const publish = (kind: string, body: object) =>
    device.publishAsync(`bsn/v1/patch-1/${kind}`, JSON.stringify({ boot: 'test', seq: (seq += 1), sent: Date.now(), ...body }), { qos: 1 }) // prettier-ignore
  const now = Date.now()
  for (let ago = HOURS * 60; ago >= 1; ago--) {
    if (ago >= 120 && ago < 180) continue
    const phase = ago / 40
    const vitals = {
      heartRate: Math.round(84 + 16 * Math.sin(phase) + (ago % 7)),
      spo2: Math.round(95 + 2 * Math.sin(phase / 2)),
      respirationRate: Math.round(17 + 4 * Math.sin(phase / 3)),
      ...(ago % 30 === 0 ? { systolic: 118 + (ago % 50), diastolic: 71, temperature: 37.4 } : {}),
    }
    await publish('vitals', { at: now - ago * MINUTE, vitals })
  }
  await publish('vitals', { at: now, vitals: { heartRate: 88, spo2: 96, respirationRate: 18 } })
  await publish('event', { at: now, event: 'patient-button' })
  for (const ago of [200, 2]) {
    const vitals = { consciousness: 'A', supplementalOxygen: 0, systolic: 121, temperature: 37.2 }
    await call(`${api}/patients/ada/observations`, token, { at: now - ago * MINUTE, vitals })
  }
  await device.endAsync()
}

async function call(
  url: string,
  token: string,
  body: object,
  method: 'POST' | 'PUT' = 'POST',
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}
