import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprint, launch, openPage, screenshot, seriousViolations } from './support/browser.ts'
import { connectDevice } from './support/device.ts'
import { type TestStation, startStation } from './support/station.ts'

/** A person needs about so long for each, seconds: to find and click, and to think of and type a field. Cautious: KLM says 1 to 2 and 3 to 5. */
const CLICK_S = 3
const FIELD_S = 8
/** To copy a command into a terminal and start it. */
const COPY_S = 20
const THREE_MINUTES_S = 180

describe('an empty station', () => {
  let station: TestStation
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    station = await startStation(false, true)
    browser = await launch()
    ;({ page } = await openPage(browser, { width: 1280, height: 800 }))
  })
  afterAll(async () => {
    await browser?.close()
    await station?.stop()
  })

  it('leads a newcomer from the printed password to the first live device, and says what is wrong on the way', async () => {
    const startedAt = Date.now()
    let clicks = 0
    let fields = 0
    const fill = async (selector: string, text: string) => {
      fields += 1
      await page.fill(selector, text)
    }
    const click = async (role: 'button' | 'link', name: string | RegExp) => {
      clicks += 1
      await page.getByRole(role, { name, exact: typeof name === 'string' }).click()
    }
    await page.goto(`http://127.0.0.1:${station.httpPort}/`)
    await fill('input[name=user]', 'admin')
    await fill('input[name=password]', station.password)
    await click('button', 'Sign in')
    await click('link', /First steps/)

    await fill('input[name=current-password]', station.password)
    await fill('input[name=new-password]', 'a password of my own')
    await fill('input[name=new-password-again]', 'a password of my own')
    await click('button', 'Change password')

    await page.locator('form[aria-label="New patient"]').waitFor()
    await fill('input[name=name]', 'Ada Plain')
    await fill('input[name=place]', 'Bed 9')
    await click('button', 'Add patient')

    await fill('input[name=device-id]', 'patch-1')
    await click('button', 'Register device')
    await page.locator('.credential').waitFor()
    const [username = '', password = ''] = await page.locator('.credential code').allInnerTexts()
    expect(username).toBe('patch-1')
    const command = await page.locator('.credential pre').first().innerText()
    expect(command).toContain(`-h 127.0.0.1 -p ${station.mqttPort} -i patch-1 -u patch-1 -P ${password}`)
    const check = page.getByRole('status', { name: 'Listening for patch-1' })
    await expect.poll(() => check.innerText()).toContain('Listening for patch-1')
    await screenshot(page, 'first-steps')
    expect(await seriousViolations(page)).toEqual([])
    const scriptMs = Date.now() - startedAt

    // What can go wrong is said while it goes wrong: the name, the password, what is sent.
    await expect(connectDevice(station.mqttPort, 'patch1', password)).rejects.toThrow()
    await expect.poll(() => check.innerText()).toContain('tried to sign in as “patch1”')
    await expect(connectDevice(station.mqttPort, 'patch-1', `${password}x`)).rejects.toThrow()
    await expect.poll(() => check.innerText()).toContain('wrong password')
    const device = await connectDevice(station.mqttPort, username, password)
    await device.send('vitals', { at: Date.now(), vitals: { spo2: 140 } })
    await expect.poll(() => check.innerText()).toMatch(/not as the contract says.*spo2/)
    await screenshot(page, 'first-steps-wrong')

    await expect
      .poll(
        async () => {
          await device.sendASecond()
          return check.innerText()
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toMatch(/patch-1 is heard:.*shown at Ada Plain/s)
    await screenshot(page, 'first-steps-heard')
    await click('link', 'To the ward')
    await expect
      .poll(
        async () => {
          await device.sendASecond()
          return page.locator('[data-parameter=spo2].current .value').allInnerTexts()
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toEqual(['97'])
    await expect
      .poll(
        async () => {
          await device.sendASecond()
          return (await fingerprint(page, '.tile .sweep')).lit
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toBeGreaterThan(100)
    await device.end()

    const personS = clicks * CLICK_S + fields * FIELD_S + COPY_S
    process.stderr.write(
      `first start: ${clicks} clicks and ${fields} fields, about ${personS} s of a person; the script took ${(scriptMs / 1000).toFixed(1)} s up to the listening\n`,
    )
    expect(personS).toBeLessThan(THREE_MINUTES_S)
  })
})
