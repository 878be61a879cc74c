import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DESK, PHONE, launch, openPage, screenshot, seriousViolations } from './support/browser.ts'
import { PASSWORD, type TestStation, startStation } from './support/station.ts'

/** The reports of a real station with the demo's patients, read by a charge nurse and by a manager. */
describe('reports', () => {
  let station: TestStation
  let browser: Browser
  const url = () => `http://127.0.0.1:${station.httpPort}/`
  const tokens = new Map<string, string>()

  const call = async (method: string, path: string, body?: unknown, user = 'admin') => {
    const token = tokens.get(user)
    const response = await fetch(`${url()}api/v1/${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  const passwordOf = (user: string) => (user === 'admin' ? PASSWORD : `password of ${user}`)
  const user = async (name: string, role: string) => {
    if (name !== 'admin') await call('POST', 'users', { name, password: passwordOf(name), roles: [role] })
    tokens.set(name, String((await call('POST', 'session', { user: name, password: passwordOf(name) }))['token']))
  }
  const signInAs = async (page: Page, name: string) => {
    await page.goto(url())
    await page.fill('input[name=user]', name)
    await page.fill('input[name=password]', passwordOf(name))
    await page.click('button[type=submit]')
  }
  /** A page of somebody who signs in by the form. */
  const open = async (name: string, viewport = DESK, theme: 'dark' | 'light' = 'dark') => {
    const opened = await openPage(browser, viewport, theme)
    await signInAs(opened.page, name)
    await opened.page.waitForSelector('.tile', { timeout: 60_000 })
    return opened
  }
  const go = async (page: Page, hash: string, ready: string) => {
    await page.evaluate((hash) => (location.hash = hash), hash)
    await page.waitForSelector(ready, { timeout: 30_000 })
  }

  beforeAll(async () => {
    ;[browser, station] = await Promise.all([launch(), startStation(true)])
    await user('admin', 'admin')
    await user('nora', 'clinician')
    await user('ben', 'clinician')
    await user('mia', 'analyst')
    // The demo's first alarms: then there is something to report.
    await vi.waitFor(
      async () => expect(((await call('GET', 'alarms'))['alarms'] as unknown[]).length).toBeGreaterThan(1),
      {
        timeout: 90_000,
        interval: 1000,
      },
    )
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await station?.stop()
  })

  it('a charge nurse hands a patient over with a note, and the next nurse takes over', async () => {
    const nora = await open('nora')
    await nora.page.click('.menu summary')
    await nora.page.click('.menu-panel a:text("Shift hand-over")')
    await nora.page.waitForSelector('.shift-patient', { timeout: 30_000 })
    expect(await nora.page.locator('.shift-patient').count()).toBe(8)
    const first = nora.page.locator('.shift-patient').first()
    const id = await first.getAttribute('data-patient')
    const text = 'Short of breath on the stairs'
    await call('POST', `patients/${id}/annotations`, { text, category: 'symptom' })
    await nora.page.reload()
    await first.locator('.fact', { hasText: `${text} (admin)` }).waitFor()
    await first.getByRole('button', { name: 'Take over', exact: true }).click()
    await first.locator('.responsible', { hasText: 'Responsible: nora' }).waitFor()
    await first.getByRole('button', { name: 'Hand over…' }).click()
    await first.getByLabel('To (a user, or a role)').fill('ben')
    await first.getByRole('button', { name: 'Fill in from this shift' }).click()
    await first.getByLabel('Recommendation').fill('Look at the electrodes before midnight')
    await first.getByRole('button', { name: 'Offer', exact: true }).click()
    await first.locator('.responsible', { hasText: 'offered to ben by nora' }).waitFor()
    await first.locator('.sbar-note', { hasText: 'Look at the electrodes before midnight' }).waitFor()
    expect(await seriousViolations(nora.page)).toEqual([])
    await screenshot(nora.page, 'reports-hand-over')

    const ben = await open('ben', PHONE, 'light')
    await go(ben.page, '#/reports/hand-over', '.shift-patient')
    const offered = ben.page.locator('.shift-patient').first()
    await offered.locator('.sbar-note', { hasText: 'electrodes before midnight' }).waitFor()
    await screenshot(ben.page, 'reports-hand-over-phone')
    expect(await seriousViolations(ben.page)).toEqual([])
    await ben.page.getByRole('button', { name: 'Take over the 1 offered to me' }).click()
    await offered.locator('.responsible', { hasText: 'Responsible: ben' }).waitFor()
    // The note stays to be read after the patient was taken over; and the nurse before sees at once who has it.
    await offered.locator('.sbar-note', { hasText: 'electrodes before midnight' }).waitFor()
    await first.locator('.responsible', { hasText: 'Responsible: ben' }).waitFor()

    await nora.page.emulateMedia({ media: 'print', colorScheme: 'light' })
    expect(await nora.page.locator('.bar').isVisible()).toBe(false)
    expect(await nora.page.locator('.offer').first().getByRole('button').first().isVisible()).toBe(false)
    const sheet = await nora.page.pdf({ format: 'A4' })
    expect(sheet.subarray(0, 5).toString()).toBe('%PDF-')
    for (const { complaints, close } of [nora, ben]) {
      expect(complaints).toEqual([])
      await close()
    }
  })

  it('a nurse judges alarms by key, and asks what another delay would have done', async () => {
    const nora = await open('nora')
    const { page } = nora
    await go(page, '#/reports/burden?days=1', '.hour-map')
    await page.getByRole('button', { name: 'Judge those that nobody has judged' }).click()
    const shown = page.locator('[data-judged]')
    const id = await shown.getAttribute('data-judged')
    await page.keyboard.press('c')
    await expect.poll(() => shown.getAttribute('data-judged').catch(() => null)).not.toBe(id)
    await page.getByRole('button', { name: /judged: work the figures out anew/ }).click()
    await page.locator('.figure', { hasText: 'Confirmed' }).locator('strong', { hasText: '%' }).waitFor()
    const judged = await call('GET', `alarms/${id}`)
    expect(judged['verdict']).toMatchObject({ verdict: 'confirmed', by: 'nora' })

    await page.getByLabel('Rings only after, s').fill('86000')
    await page.getByRole('button', { name: 'Work it out' }).click()
    await page.locator('.what-if-answer', { hasText: 'would have been missed' }).waitFor()
    await page.evaluate(() => document.querySelector('.reports')?.scrollTo(0, 0))
    await screenshot(page, 'reports-burden')
    expect(await seriousViolations(page)).toEqual([])
    const saved = page.waitForEvent('download')
    await page.locator('section[aria-label="By type"]').getByRole('button', { name: 'Save as CSV' }).click()
    const csv = await readFile(await (await saved).path(), 'utf8')
    expect(csv.split('\r\n')[0]).toMatch(/^type,code,side,priority,alarms,rings/)
    expect(csv.split('\r\n').length).toBeGreaterThan(2)
    // The address says what is shown: a link says the same.
    await page.getByLabel('Unit').fill('Nowhere')
    await page.keyboard.press('Enter')
    await page.getByText('No alarm began to ring in this time.').waitFor()
    expect(page.url()).toMatch(/unit=Nowhere/)
    expect(nora.complaints).toEqual([])
    await nora.close()
  })

  it('a manager sees the ward’s figures, and neither a patient’s name nor the ward', async () => {
    const { page, complaints, close } = await openPage(browser, DESK, 'light')
    await signInAs(page, 'mia')
    await page.waitForSelector('.bar.desk')
    expect(await page.locator('.reports-head .sections a').allInnerTexts()).toEqual(['Alarm burden', 'Ward statistics'])
    await go(page, '#/reports/statistics?days=1', '.completeness')
    for (const name of ['Occupancy', 'Data complete', 'Devices heard']) {
      await page.locator('.figure', { hasText: name }).locator('strong', { hasText: '%' }).waitFor()
    }
    await page.locator('.completeness summary').first().click()
    const names = ((await call('GET', 'patients'))['patients'] as { name: string }[]).map(({ name }) => name)
    const text = await page.locator('main').innerText()
    expect(names.filter((name) => text.includes(name))).toEqual([])
    await screenshot(page, 'reports-statistics')
    expect(await seriousViolations(page)).toEqual([])
    await go(page, '#/', '.reports')
    expect(await page.locator('.tile').count()).toBe(0)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForSelector('input[name=user]')
    expect(complaints).toEqual([])
    await close()
  })
})
