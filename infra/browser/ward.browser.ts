import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  PHONE,
  darkRuns,
  fingerprint,
  frameTimes,
  launch,
  openPage,
  percentile,
  screenshot,
  seriousViolations,
  signIn,
} from './support/browser.ts'
import { PASSWORD, type TestStation, type Wire, startStation, startWire } from './support/station.ts'

/** What this test itself may take to see it, on a busy machine. */
const WATCHING_MS = 300
const ATTACK = 'HEART ATTACK?'

describe('a ward of the demo', () => {
  let station: TestStation
  let wire: Wire
  let browser: Browser
  let page: Page
  let complaints: string[]
  /** Blocks of waves that the page was told, over all its connections. */
  const heard: { device: string; start: number }[] = []
  let url: string

  beforeAll(async () => {
    station = await startStation(true)
    wire = await startWire(station.httpPort)
    url = `http://127.0.0.1:${wire.port}/`
    browser = await launch()
    ;({ page, complaints } = await openPage(browser))
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const text = payload.toString()
        const [, device] = /^\{"type":"waveform".*?"device":"([^"]+)"/.exec(text) ?? []
        const [, start] = /"start":(\d+)/.exec(text) ?? []
        if (device !== undefined && start !== undefined) heard.push({ device, start: Number(start) })
      }),
    )
  })
  afterAll(async () => {
    await browser?.close()
    await wire?.stop()
    await station?.stop()
  })

  it('signs in, with the sound switched on in the same gesture', async () => {
    await page.goto(url)
    await page.waitForSelector('input[name=user]')
    expect(await seriousViolations(page)).toEqual([])
    await screenshot(page, 'sign-in')
    await page.fill('input[name=user]', 'admin')
    await page.fill('input[name=password]', 'wrong')
    await page.click('button[type=submit]')
    await page.waitForSelector('.problem:not(:empty)')
    await signIn(page, url, PASSWORD)
    expect(await page.locator('.sound.off').count()).toBe(0)
  })

  it('shows eight patients with values and a moving ECG', async () => {
    await expect.poll(() => page.locator('.tile').count()).toBe(8)
    const canvas = '.tile .sweep'
    await expect.poll(async () => (await fingerprint(page, canvas)).lit, { timeout: 20_000 }).toBeGreaterThan(200)
    const first = await fingerprint(page, canvas)
    await expect.poll(async () => (await fingerprint(page, canvas)).hash).not.toBe(first.hash)
    await expect
      .poll(() => page.locator('[data-parameter=hr].current').count(), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(6)
    await expect.poll(() => page.locator('[data-parameter=spo2].current').count()).toBeGreaterThanOrEqual(4)
  })

  it('does not scroll, and has a heart rate that is read from afar', async () => {
    const fits = await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)
    expect(fits).toBe(true)
    const size = await page.$eval('[data-parameter=hr].current .value', (value) => value.getBoundingClientRect().height)
    expect(size).toBeGreaterThanOrEqual(48)
  })

  it('draws sixty frames a second', async () => {
    const times = await frameTimes(page)
    process.stdout.write(
      `frame times, ms: median ${percentile(times, 0.5).toFixed(1)}, p99 ${percentile(times, 0.99).toFixed(1)}\n`,
    )
    expect(percentile(times, 0.5)).toBeLessThan(18)
  })

  it('shows the heart attack in colour, word and shape within a minute of its onset', async () => {
    const entry = page.locator('.bar-entry.high', { hasText: ATTACK })
    await entry.waitFor({ timeout: Math.max(1, station.startedAt + 100_000 - Date.now()) })
    process.stdout.write(
      `heart attack on screen ${Math.round((Date.now() - station.startedAt) / 1000)} s after start\n`,
    )
    const tile = page.locator('.tile.alarm-high.unacknowledged', { hasText: ATTACK })
    await tile.waitFor()
    expect(await tile.locator('.shape-high').count()).toBeGreaterThan(0)
    const head = await tile.locator('.tile-head').evaluate((element) => getComputedStyle(element).backgroundColor)
    expect(head).toBe('rgb(196, 32, 26)')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await screenshot(page, 'ward')
    await page.emulateMedia({ reducedMotion: null })
  }, 120_000)

  it('has no serious accessibility violations in the ward', async () => {
    expect(await seriousViolations(page)).toEqual([])
  })

  it('leads from the alarm to the patient, with evidence, rule and trends', async () => {
    await page.locator('.bar-entry.high', { hasText: ATTACK }).click()
    const card = page.locator('.card.alarm-high', { hasText: ATTACK })
    await card.waitFor()
    expect(await card.locator('.evidence').innerText()).toMatch(/ST up: .*mV \(neighbouring leads, \w+\)/)
    expect(await card.evaluate((element) => element.getBoundingClientRect().top < innerHeight / 2)).toBe(true)
    expect(await card.locator('.card-rule').innerText()).toMatch(/Rule \S+ \S+/)
    await expect.poll(() => page.locator('.charts canvas').count()).toBeGreaterThanOrEqual(4)
    await expect.poll(async () => (await fingerprint(page, '.charts canvas')).lit).toBeGreaterThan(50)
    await expect.poll(async () => (await fingerprint(page, '.patient-waves canvas')).lit).toBeGreaterThan(200)
    await card.getByRole('button', { name: 'Show strip' }).click()
    await expect.poll(() => card.locator('.strip .trace').count()).toBeGreaterThanOrEqual(4)
    await screenshot(page, 'patient')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('goes back with Esc, and acknowledges in one click', async () => {
    await page.keyboard.press('Escape')
    const tile = page.locator('.tile.alarm-high', { hasText: ATTACK })
    await tile.locator('.acknowledge').click()
    await page.locator('.bar-entry.high.acknowledged', { hasText: ATTACK }).waitFor({ timeout: 5000 })
    await screenshot(page, 'acknowledged')
  })

  it('finds a bed by its digits', async () => {
    await page.keyboard.press('3')
    await page.waitForSelector('.finder input')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.patient')
    expect(page.url()).toContain('#/patient/')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.ward')
  })

  it('sets a limit with the old value beside, and takes observations by hand', async () => {
    await page.locator('.tile[data-patient=demo-2] .tile-link').click()
    await page.getByRole('tab', { name: 'Limits' }).click()
    await page.getByLabel('Heart rate, high limit').fill('131')
    expect(await page.locator('.old-value').innerText()).toBe('was 120')
    await page.getByRole('button', { name: 'Set limits' }).click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await expect.poll(() => page.locator('.limit-pair').first().innerText()).toContain('131')
    await page.getByRole('tab', { name: 'Observations' }).click()
    await page.getByLabel('Consciousness').selectOption('A')
    await page.getByLabel('Oxygen').selectOption('0')
    await page.getByRole('button', { name: 'Enter', exact: true }).click()
    await page.getByText('Entered', { exact: true }).waitFor()
    await page.locator('[data-parameter=news2].current').waitFor({ timeout: 30_000 })
    await page.keyboard.press('Escape')
    await page.waitForSelector('.ward')
  })

  it('says of a silent device since when, and shows no value of it as current', async () => {
    const disabled = await page.evaluate(async () => {
      const { devices } = await (await fetch('/api/v1/devices')).json()
      const { version } = devices.find((device: { id: string }) => device.id === 'demo-patch-5')
      const change = { method: 'PATCH', headers: { 'content-type': 'application/json' } }
      const body = JSON.stringify({ disabled: true, version })
      return (await fetch('/api/v1/devices/demo-patch-5', { ...change, body })).ok
    })
    expect(disabled).toBe(true)
    const tile = page.locator('.tile[data-patient=demo-5]')
    await tile.locator('.tile-alarm', { hasText: 'No data' }).waitFor()
    expect(await tile.locator('.no-data').innerText()).toMatch(/^No data\s+since \d\d:\d\d/)
    expect(await tile.locator('.sweep, .numeral.current').count()).toBe(0)
    await screenshot(page, 'silent-device')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('turns grey within three seconds of a lost connection, says since when, and comes back', async () => {
    wire.hold()
    try {
      const heldAt = Date.now()
      await page.waitForSelector('.screen > .lost', { timeout: 5000 })
      const took = Date.now() - heldAt
      process.stdout.write(`grey ${took} ms after the wire was held\n`)
      expect(took).toBeLessThan(3000 + WATCHING_MS)
      expect(await page.locator('.screen > .lost').innerText()).toMatch(
        /Connection lost since \d\d:\d\d:\d\d: values are not current/,
      )
      expect(await page.locator('.screen.not-current').count()).toBe(1)
      await screenshot(page, 'connection-lost')
    } finally {
      // What comes after needs the wire, however this went.
      wire.release()
    }
    await page.waitForSelector('.screen:not(.not-current)', { timeout: 15_000 })
  })

  it('loses nothing and repeats nothing where the connection is cut in the middle of the waves', async () => {
    const place = '.tile[data-patient=demo-2] .sweep'
    await page.waitForSelector(place)
    const whole = async () => darkRuns((await fingerprint(page, place)).columns).length
    // A trace without a hole is dark in one place: the erase bar.
    await expect.poll(whole, { timeout: 30_000 }).toBe(1)
    const blocks = () => heard.filter(({ device }) => device === 'demo-patch-2').map(({ start }) => start)
    const before = blocks().length
    for (let cut = 0; cut < 3; cut += 1) {
      wire.cut()
      const seen = blocks().length
      await expect.poll(() => blocks().length, { timeout: 20_000 }).toBeGreaterThan(seen + 1)
    }
    const starts = blocks().slice(Math.max(0, before - 2))
    expect(new Set(starts).size).toBe(starts.length)
    const steps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
    expect(steps.filter((step) => Math.abs(step - 1000) > 1)).toEqual([])
    await expect.poll(whole, { timeout: 30_000 }).toBe(1)
    const entries = await page
      .locator('.bar-list [data-alarm]')
      .evaluateAll((all) => all.map((entry) => entry.getAttribute('data-alarm')))
    expect(new Set(entries).size).toBe(entries.length)
  })

  it('works on a phone: numerals in one column, acknowledged by holding', async () => {
    const phone = await openPage(browser, PHONE)
    await signIn(phone.page, url, PASSWORD)
    await expect.poll(() => phone.page.locator('.tile').count()).toBe(8)
    expect(await phone.page.locator('.tile .sweep').count()).toBe(0)
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await screenshot(phone.page, 'phone')
    expect(await seriousViolations(phone.page)).toEqual([])
    const button = phone.page.locator('.tile .acknowledge').first()
    await button.waitFor()
    const name = await button.getAttribute('aria-label')
    await button.tap()
    expect(await button.getAttribute('aria-label')).toBe(name)
    await button.scrollIntoViewIfNeeded()
    const box = await button.boundingBox()
    await phone.page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 10)
    await phone.page.mouse.down()
    await expect
      .poll(() => phone.page.locator(`.tile .acknowledge[aria-label="${name}"]`).count(), { timeout: 5000 })
      .toBe(0)
    await phone.page.mouse.up()
    await phone.close()
  })

  it('is readable in daylight', async () => {
    const light = await openPage(browser, { width: 1280, height: 800 }, 'light')
    await signIn(light.page, url, PASSWORD)
    await expect
      .poll(async () => (await fingerprint(light.page, '.tile .sweep')).lit, { timeout: 20_000 })
      .toBeGreaterThan(200)
    await screenshot(light.page, 'ward-light')
    expect(await seriousViolations(light.page)).toEqual([])
    await light.close()
  })

  it('complained about nothing', () => {
    expect(complaints.filter((text) => !text.includes('WebSocket'))).toEqual([])
  })
})
