import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameTimes, launch, openPage, pauseOfHand, percentile, screenshot, signIn } from './support/browser.ts'
import { startFakeServer } from '../../services/dashboard/dev/fake-server.mjs'

/** A ward of any size, from the development server: what the layout does does not depend on where the data comes from. */
describe('ward layout', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser?.close())

  const sizes = [
    [4, 1280, 720],
    [8, 1280, 720],
    [16, 1920, 1080],
    [32, 1920, 1080],
    [64, 1920, 1080],
  ] as const
  it.each(sizes)('fits %i patients into %i × %i without scrolling', async (patients, width, height) => {
    const server = await startFakeServer({ patients })
    const { page, close } = await openPage(browser, { width, height })
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    await page.waitForSelector('.tile.alarm-high .acknowledge', { timeout: 10_000 })
    const tiles = await page.$$eval('.tile', (all) =>
      all.map((tile) => {
        const { left, top, right, bottom } = tile.getBoundingClientRect()
        return { left, top, right, bottom, overflow: tile.scrollWidth - tile.clientWidth }
      }),
    )
    expect(tiles).toHaveLength(patients)
    expect(Math.max(...tiles.map((tile) => tile.right))).toBeLessThanOrEqual(width)
    expect(Math.max(...tiles.map((tile) => tile.bottom))).toBeLessThanOrEqual(height)
    expect(Math.max(...tiles.map((tile) => tile.overflow))).toBe(0)
    await page.waitForSelector('[data-parameter=hr].current')
    const numeral = await page.$eval('[data-parameter=hr].current .value', (value) =>
      Number.parseFloat(getComputedStyle(value).fontSize),
    )
    if (patients <= 16) expect(numeral).toBeGreaterThanOrEqual(48)
    const times = await frameTimes(page, 200)
    process.stdout.write(
      `${patients} patients: frame times, ms: median ${percentile(times, 0.5).toFixed(1)}, p99 ${percentile(times, 0.99).toFixed(1)}\n`,
    )
    await screenshot(page, `layout-${patients}`)
    await close()
    await server.stop()
  })

  it('never changes the order of the tiles by an alarm', async () => {
    const server = await startFakeServer({ patients: 16 })
    const { page, close } = await openPage(browser)
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    const order = () => page.$$eval('.tile', (all) => all.map((tile) => tile.getAttribute('data-patient')))
    const before = await order()
    await page.waitForSelector('.tile.alarm-high')
    expect(await order()).toEqual(before)
    expect(before).toEqual(Array.from({ length: 16 }, (_, i) => `p${i + 1}`))
    await close()
    await server.stop()
  })

  it('counts the alarms that have no room in the bar, and shows them all on demand', async () => {
    const server = await startFakeServer({ patients: 16, alarmCount: 16 })
    const { page, close } = await openPage(browser, { width: 1280, height: 720 })
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    const more = page.getByRole('button', { name: /\d+ more, 2 technical/ })
    await more.waitFor()
    await more.click()
    await expect.poll(() => page.locator('.bar-panel .bar-entry').count()).toBe(20)
    await screenshot(page, 'alarm-panel')
    await close()
    await server.stop()
  })

  it('pauses the sound with p, counting down in sight, and acknowledges with a', async () => {
    const server = await startFakeServer({ patients: 8 })
    const { page, close } = await openPage(browser)
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    await page.waitForSelector('.tile.alarm-high.unacknowledged')
    await page.keyboard.press('p')
    await page.waitForSelector('.sound.paused')
    expect(await page.locator('.sound.paused').innerText()).toMatch(/[12]:\d\d/)
    await page.keyboard.press('a')
    await page.locator('.tile.alarm-high .state-word', { hasText: 'acknowledged by admin' }).waitFor()
    await close()
    await server.stop()
  })

  it('does nothing for a wristband that is scanned while the ward is on the screen', async () => {
    const server = await startFakeServer({ patients: 8 })
    const { page, close } = await openPage(browser)
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    await page.waitForSelector('.tile.alarm-high.unacknowledged')
    // As a scanner types: all keys of the code within one turn of the page, from `a` to the Enter at its end.
    await page.evaluate(() => {
      for (const key of ['a', 'p', 'a', 'n', '-', 'a', 'p', 'a', 'Enter']) {
        const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
        document.activeElement?.dispatchEvent(event)
      }
    })
    await pauseOfHand(page)
    // What a hand presses afterwards is done: had the scan done anything, it would have been before this.
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys, signs and sounds' })
    await help.waitFor()
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
    await pauseOfHand(page)
    await page.keyboard.press('p')
    await page.waitForSelector('.sound.paused')
    expect(await page.locator('.tile .state-word', { hasText: 'acknowledged by' }).count()).toBe(0)
    expect(await page.locator('.tile.alarm-high.unacknowledged').count()).toBeGreaterThan(0)
    await close()
    await server.stop()
  })
})
