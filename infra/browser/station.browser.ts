import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeServer } from '../../services/dashboard/dev/fake-server.mjs'
import {
  PHONE,
  countPulses,
  fingerprint,
  launch,
  openPage,
  pauseOfHand,
  screenshot,
  signIn,
  wcagViolations,
} from './support/browser.ts'

/** The central station with a ward of any size: what it does here does not depend on where the data comes from. */
describe('the central station', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser?.close())

  /** A screen before a ward of its own; what `use` does with it, and all of it is gone. */
  async function withWard(
    options: Parameters<typeof startFakeServer>[0] & { size?: typeof PHONE; theme?: 'dark' | 'light' },
    use: (page: Page, url: string) => Promise<void>,
  ): Promise<void> {
    const server = await startFakeServer(options)
    const { page, close } = await openPage(browser, options.size, options.theme)
    try {
      const url = `http://127.0.0.1:${server.port}/`
      await signIn(page, url, 'any')
      await use(page, url)
    } finally {
      await close()
      await server.stop()
    }
  }
  const moves = async (page: Page, of = '.tile .sweep') => {
    await page.waitForSelector(of)
    const { hash } = await fingerprint(page, of)
    await expect.poll(async () => (await fingerprint(page, of)).hash).not.toBe(hash)
  }
  const colourOf = (page: Page, selector: string) =>
    page.$eval(selector, (element) => {
      const [sheet, box] = [document.querySelector<HTMLCanvasElement>('.wave-sheet'), element.getBoundingClientRect()]
      if (!sheet) throw new Error('no sheet')
      const { left, top } = sheet.getBoundingClientRect()
      const copy = new OffscreenCanvas(box.width, box.height).getContext('2d')
      copy?.drawImage(sheet, left - box.left, top - box.top)
      const data = copy?.getImageData(0, 0, Math.floor(box.width), Math.floor(box.height)).data ?? []
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255) return `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`
      }
      return ''
    })

  it('draws again in its own colour and size after another theme, window and density', async () => {
    await withWard({ patients: 4 }, async (page) => {
      await moves(page)
      await expect.poll(() => colourOf(page, '.tile .sweep')).toBe('rgb(61, 220, 132)')
      await page.getByLabel('Menu').click()
      await page.getByRole('button', { name: 'Light screen' }).click()
      await expect.poll(() => colourOf(page, '.tile .sweep')).toBe('rgb(8, 113, 58)')
      await page.setViewportSize({ width: 1000, height: 700 })
      const sizeOf = () =>
        page.$eval('.wave-sheet', (sheet) => {
          if (!(sheet instanceof HTMLCanvasElement)) throw new Error('no sheet')
          return [sheet.width / sheet.clientWidth, sheet.height / sheet.clientHeight].map((ratio) => ratio.toFixed(2))
        })
      await expect.poll(sizeOf).toEqual(['1.00', '1.00'])
      const cdp = await page.context().newCDPSession(page)
      const metrics = { width: 1000, height: 700, deviceScaleFactor: 2, mobile: false }
      await cdp.send('Emulation.setDeviceMetricsOverride', metrics)
      await expect.poll(sizeOf).toEqual(['2.00', '2.00'])
      await moves(page)
      await screenshot(page, 'ward-dense')
    })
  })

  it('draws on the page itself where the browser cannot draw in a worker', async () => {
    const server = await startFakeServer({ patients: 4 })
    const { page, complaints, close } = await openPage(browser)
    await page.addInitScript(() => Reflect.deleteProperty(HTMLCanvasElement.prototype, 'transferControlToOffscreen'))
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    await moves(page)
    expect(complaints).toEqual([])
    await close()
    await server.stop()
  })

  it('stops drawing in a hidden tab, and goes on ringing there', async () => {
    const server = await startFakeServer({ patients: 4 })
    const { page, close } = await openPage(browser)
    await countPulses(page)
    await signIn(page, `http://127.0.0.1:${server.port}/`, 'any')
    await moves(page)
    await page.waitForSelector('.tile.alarm-high')
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await expect
      .poll(async () => {
        const { hash } = await fingerprint(page, '.tile .sweep')
        await page.waitForTimeout(300)
        return (await fingerprint(page, '.tile .sweep')).hash === hash
      })
      .toBe(true)
    const before = await page.evaluate(() => window.pulses)
    await expect.poll(() => page.evaluate(() => window.pulses)).toBeGreaterThan(before)
    await close()
    await server.stop()
  })

  it('says over its whole width that it cannot ring, and takes the next key for it', async () => {
    await withWard({ patients: 4 }, async (page) => {
      expect(await page.locator('.no-sound').count()).toBe(0)
      // Still signed in, and no gesture on the new page yet.
      await page.reload()
      const banner = page.locator('.no-sound')
      await banner.waitFor()
      expect((await banner.boundingBox())?.width).toBe(1920)
      expect(await wcagViolations(page)).toEqual([])
      await screenshot(page, 'no-sound')
      await page.keyboard.press('Shift')
      await page.keyboard.press('p')
      await banner.waitFor({ state: 'detached' })
      await page.locator('.sound.off').waitFor({ state: 'detached' })
    })
  })

  it('takes a press for it that acknowledges an alarm, and the alarm is acknowledged', async () => {
    await withWard({ patients: 4 }, async (page) => {
      await page.reload()
      await page.locator('.no-sound').waitFor()
      const button = page.locator('.tile.alarm-high').getByRole('button', { name: 'Acknowledge' })
      const at = await button.boundingBox()
      if (!at) throw new Error('nothing to acknowledge')
      await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2)
      await page.mouse.down()
      // Longer than the page takes to see that it may ring: a hand takes its time.
      const downAt = await page.evaluate(() => performance.now())
      await page.waitForFunction((since) => performance.now() > since + 700, downAt)
      await page.mouse.up()
      await page.locator('.tile.alarm-high .state-word', { hasText: 'acknowledged by admin' }).waitFor()
      await page.locator('.no-sound').waitFor({ state: 'detached' })
    })
  })

  it('leaves a screen silent whose user wanted that, and says so', async () => {
    const server = await startFakeServer({ patients: 4 })
    const { page, close } = await openPage(browser)
    await page.goto(`http://127.0.0.1:${server.port}/`)
    await page.getByLabel('Switch on sound and test it').uncheck()
    await page.fill('input[name=user]', 'admin')
    await page.fill('input[name=password]', 'any')
    await page.click('button[type=submit]')
    await page.waitForSelector('.tile')
    await page.getByRole('button', { name: 'Sound off: switch on' }).waitFor()
    expect(await page.locator('.no-sound').count()).toBe(0)
    await close()
    await server.stop()
  })

  it('is worked by keys alone, and says which', async () => {
    await withWard({ patients: 16 }, async (page) => {
      await page.waitForSelector('.tile.alarm-low')
      const focused = () =>
        page.evaluate(() => document.activeElement?.closest<HTMLElement>('.tile')?.dataset['patient'])
      for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key)
      expect(await focused()).toBe('p1')
      await page.keyboard.press('ArrowRight')
      // The tile with the focus, not the most urgent one.
      await page.keyboard.press('a')
      await page.locator('.tile[data-patient=p2] .state-word', { hasText: 'acknowledged by admin' }).waitFor()
      expect(await page.locator('.tile[data-patient=p4].unacknowledged').count()).toBe(1)
      await page.keyboard.press('n')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('HEART ATTACK?')
      await pauseOfHand(page)
      await page.keyboard.press('Enter')
      await page.waitForSelector('.patient')
      expect(page.url()).toContain('#/patient/p4')
      await page.keyboard.press('Escape')
      await page.waitForSelector('.ward')
      await page.keyboard.press('?')
      const help = page.getByRole('dialog', { name: 'Keys, signs and sounds' })
      await help.waitFor()
      await screenshot(page, 'help')
      expect(await wcagViolations(page)).toEqual([])
      await help.getByLabel('Single keys work on this screen').uncheck()
      await page.keyboard.press('Escape')
      // Not by its role: a dialog that is closed has none, and is there until the next drawing.
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.keyboard.press('3')
      await page.keyboard.press('?')
      // What a key opens is there with the next drawing.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
      expect(await page.locator('.finder, dialog').count()).toBe(0)
    })
  })

  it('shows the unit that the address asks for, also after a patient’s page and a reload', async () => {
    await withWard({ patients: 12, units: ['ICU', 'Ward 2', 'Ward 10'] }, async (page) => {
      const beds = () => page.locator('.tile .bed').allInnerTexts()
      const units = await page.locator('.units a').allInnerTexts()
      expect(units.map((text) => text.split(',')[0]?.trim())).toEqual(['All', 'ICU', 'Ward 2', 'Ward 10'])
      await page.locator('.units a', { hasText: 'Ward 2' }).click()
      await expect.poll(beds).toEqual(['Ward 2, Bed 2', 'Ward 2, Bed 5', 'Ward 2, Bed 8', 'Ward 2, Bed 11'])
      expect(page.url()).toContain('unit=Ward+2')
      await moves(page)
      await page.reload()
      await expect.poll(async () => (await beds()).length).toBe(4)
      await page.locator('.tile-link').first().click()
      await page.waitForSelector('.patient')
      await page.keyboard.press('Escape')
      await expect.poll(async () => (await beds()).length).toBe(4)
      // Its unit is not on the screen, its alarm is: in the bar and at the unit.
      await page.locator('.bar-entry.high').waitFor()
      await page.locator('.units a.alarm-high', { hasText: 'ICU' }).waitFor()
      expect(await wcagViolations(page)).toEqual([])
      await screenshot(page, 'units')
    })
  })

  it('shows more than sixty-four by pages of sixty-four', async () => {
    await withWard({ patients: 70, alarms: false }, async (page) => {
      await expect.poll(() => page.locator('.tile').count()).toBe(64)
      await page.getByRole('link', { name: '2 of 2' }).click()
      await expect.poll(() => page.locator('.tile').count()).toBe(6)
      expect(page.url()).toContain('page=2')
    })
  })

  it('does not flash for who asked for less motion, and still shows what is not acknowledged', async () => {
    await withWard({ patients: 4 }, async (page) => {
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const tile = page.locator('.tile.alarm-high.unacknowledged')
      await tile.waitFor()
      expect(await tile.evaluate((element) => getComputedStyle(element).animationName)).toBe('none')
      const head = tile.locator('.tile-head')
      expect(await head.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(196, 32, 26)')
    })
  })

  const SCREENS = [
    [4, undefined, 'dark'],
    [16, undefined, 'light'],
    [64, undefined, 'dark'],
    [64, undefined, 'light'],
    [8, PHONE, 'dark'],
    [8, PHONE, 'light'],
  ] as const
  it.each(SCREENS)('%i patients: axe finds nothing (%o, %s)', async (patients, size, theme) => {
    await withWard({ patients, theme, alarmCount: 10, ...(size === undefined ? {} : { size }) }, async (page) => {
      await page.waitForSelector('.technical')
      await page.emulateMedia({ reducedMotion: 'reduce' })
      expect(await wcagViolations(page)).toEqual([])
      await page.locator('.technical').click()
      await page.waitForSelector('.bar-panel')
      expect(await wcagViolations(page)).toEqual([])
      await screenshot(page, `ward-${patients}-${theme}${size === undefined ? '' : '-phone'}`)
    })
  })

  it('is read without colours: shapes and words say all that colours do', async () => {
    await withWard({ patients: 16 }, async (page) => {
      await page.waitForSelector('.tile.alarm-low')
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const cdp = await page.context().newCDPSession(page)
      for (const type of ['deuteranopia', 'protanopia', 'achromatopsia'] as const) {
        await cdp.send('Emulation.setEmulatedVisionDeficiency', { type })
        await screenshot(page, `vision-${type}`)
      }
      for (const priority of ['high', 'medium', 'low']) {
        const tile = page.locator(`.tile.alarm-${priority}`).first()
        expect(await tile.locator(`.shape-${priority}`).count()).toBe(1)
        expect((await tile.locator('.tile-alarm-first').innerText()).length).toBeGreaterThan(3)
      }
    })
  })
})
