import { connectAsync } from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprint, launch, openPage, screenshot, seriousViolations } from './support/browser.ts'
import { PASSWORD, type TestStation, startStation } from './support/station.ts'

const RATE_HZ = 250

describe('an empty station', () => {
  let station: TestStation
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    station = await startStation(false)
    browser = await launch()
    ;({ page } = await openPage(browser, { width: 1280, height: 800 }))
  })
  afterAll(async () => {
    await browser?.close()
    await station?.stop()
  })

  it('takes a newcomer from nothing to a live device, in the browser', async () => {
    await page.goto(`http://127.0.0.1:${station.httpPort}/`)
    await page.fill('input[name=user]', 'admin')
    await page.fill('input[name=password]', PASSWORD)
    await page.click('button[type=submit]')
    await page.getByRole('link', { name: 'Register the first patient and device' }).click()

    await page.fill('input[name=name]', 'Ada Example')
    await page.fill('input[name=place]', 'Bed 1')
    await page.getByRole('button', { name: 'Add patient' }).click()
    await page.getByRole('link', { name: 'Ada Example' }).waitFor()

    await page.fill('input[name=device-id]', 'patch-1')
    await page.getByRole('button', { name: 'Register device' }).click()
    await page.locator('.credential').waitFor()
    const [username, password] = await page.locator('.credential code').allInnerTexts()
    expect(username).toBe('patch-1')
    expect(await page.locator('.credential pre').innerText()).toContain('-t bsn/v1/patch-1/vitals')
    await page.getByLabel('Who wears patch-1').selectOption({ label: 'Bed 1, Ada Example' })
    await expect.poll(() => page.locator('section[aria-label=Patients] td').allInnerTexts()).toContain('patch-1')
    await screenshot(page, 'admin')
    expect(await seriousViolations(page)).toEqual([])

    const device = await connectAsync(`mqtt://127.0.0.1:${station.mqttPort}`, {
      clientId: 'patch-1',
      username: username ?? '',
      password: password ?? '',
    })
    let seq = 0
    const publish = (kind: string, body: object) =>
      device.publishAsync(`bsn/v1/patch-1/${kind}`, JSON.stringify({ boot: 'test', seq: (seq += 1), ...body }), {
        qos: 1,
      })
    await page.getByRole('button', { name: 'I have written it down' }).click()
    await page.keyboard.press('Escape')
    const send = async () => {
      const at = Date.now() - 1000
      const samples = Array.from({ length: RATE_HZ }, (_, i) => Math.round(200 * Math.sin((i / RATE_HZ) * 6 * Math.PI)))
      await publish('vitals', { at, vitals: { heartRate: 61, spo2: 97 } })
      await publish('waveform', {
        at,
        rateHz: RATE_HZ,
        signals: [{ name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples }],
      })
    }
    await expect
      .poll(
        async () => {
          await send()
          return page.locator('[data-parameter=spo2].current .value').allInnerTexts()
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toEqual(['97'])
    await expect
      .poll(
        async () => {
          await send()
          return (await fingerprint(page, '.tile .sweep')).lit
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toBeGreaterThan(100)
    await device.endAsync()
  })
})
