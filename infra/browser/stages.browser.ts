import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROOF_WORDS } from '../../packages/contracts/src/proof.ts'
import { childrenOf } from '../../tests/support/processes.ts'
import { ADMIN_PASSWORD, startStation, temporaryDirectory, type TestStation } from '../../tests/support/station.ts'
import { countPulses, launch, openPage, screenshot, signIn } from './support/browser.ts'

/** In which a broken stage must be named on the screen. */
const NAMED_WITHIN_MS = 20_000
/** Longer than that: what hangs is killed by the station only after it was named, so that the naming is what is seen. */
const HANG_SECONDS = 30
const MENDED = { timeout: 120_000 }
/** What this test itself may take to see it, on a busy machine. */
const WATCHING_MS = 1_000

/** Each stage of the way from device to screen is broken once, in a real station before a real screen. */
describe('a stage of the way that breaks', () => {
  const directory = temporaryDirectory()
  let station: TestStation
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    station = await startStation({
      dataDirectory: directory.path,
      env: { PULSEWIRE_DEMO: '1', PULSEWIRE_PROOF_EVERY_S: '10', PULSEWIRE_HANG_SECONDS: String(HANG_SECONDS) },
    })
    browser = await launch()
    ;({ page } = await openPage(browser))
    await countPulses(page)
    await signIn(page, station.url, ADMIN_PASSWORD)
  })
  afterAll(async () => {
    await browser?.close()
    await station?.stop()
    directory.remove()
  })

  const pidOf = async (name: string) => {
    const child = (await childrenOf(station.pid)).find((each) => each.name === name)
    if (!child) throw new Error(`no process ${name} runs`)
    return child.pid
  }
  const sound = (signal: 'SIGSTOP' | 'SIGKILL') => async (name: string) => process.kill(await pidOf(name), signal)
  const [hang, kill] = [sound('SIGSTOP'), sound('SIGKILL')]
  /** All is well: proofs come, and nothing else is said. */
  const proven = () => page.locator('.connection.live ~ .proof:not(.old)', { hasText: /^proof \d+ s$/ }).waitFor(MENDED)
  const named = async (text: RegExp, since: number) => {
    const timeout = Math.max(1, NAMED_WITHIN_MS + WATCHING_MS - (Date.now() - since))
    await page.locator('.connection.trouble', { hasText: text }).waitFor({ timeout })
    process.stdout.write(`named after ${((Date.now() - since) / 1000).toFixed(1)} s: ${text.source}\n`)
  }
  const pulses = () => page.evaluate(() => window.pulses)
  const rings = async () => {
    const before = await pulses()
    await expect.poll(pulses, { timeout: 15_000 }).toBeGreaterThan(before)
  }

  it.each([
    ['broker', new RegExp(PROOF_WORDS.broker.slice(0, 30))],
    ['detector', /No analysis is running|Analysis has stopped/],
  ] as const)(
    'a %s that hangs is named within 20 s, rings, and is mended by itself',
    async (name, text) => {
      await proven()
      const since = Date.now()
      await hang(name)
      await named(text, since)
      await screenshot(page, `stage-${name}`)
      await rings()
      await proven()
    },
    240_000,
  )

  it('a core that hangs (alarm manager, recorder and API) greys the screen, which rings by itself, and is mended by itself', async () => {
    await proven()
    const since = Date.now()
    await hang('core')
    await page.waitForSelector('.screen > .lost', { timeout: 5_000 })
    expect(Date.now() - since).toBeLessThan(3_000 + WATCHING_MS)
    await rings()
    await screenshot(page, 'stage-core')
    await proven()
  }, 240_000)

  it('a core that is killed comes back, and the screen with it', async () => {
    await proven()
    const killedAt = Date.now()
    await kill('core')
    // Nothing here waits for a grey screen: a core that is back within three seconds is not told of. A hanging one is, above.
    const provenSince = async () => {
      const [text = ''] = await page.locator('.connection.live ~ .proof:not(.old)').allInnerTexts()
      const age = /^proof (\d+) s$/.exec(text)?.[1]
      return age === undefined ? undefined : Date.now() - Number(age) * 1_000
    }
    await expect.poll(provenSince, MENDED).toBeGreaterThan(killedAt + 1_000)
  }, 240_000)

  it('devices that are gone are told of at their patients, with the time, and come back', async () => {
    await proven()
    const since = Date.now()
    await hang('demo')
    const tile = page.locator('.tile[data-patient=demo-2]')
    await tile.locator('.no-data').waitFor({ timeout: NAMED_WITHIN_MS + WATCHING_MS })
    process.stdout.write(`a silent device named after ${((Date.now() - since) / 1000).toFixed(1)} s\n`)
    expect(await tile.locator('.numeral.current[data-parameter=hr], .sweep').count()).toBe(0)
    await screenshot(page, 'stage-device')
    await tile.locator('.sweep').first().waitFor(MENDED)
  }, 240_000)
})
