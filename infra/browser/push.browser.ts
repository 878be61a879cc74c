import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeServer } from '../../services/dashboard/dev/fake-server.mjs'
import { launch, openPage, signIn } from './support/browser.ts'

const MESSAGE = {
  title: 'HIGH Bed 4: Asystole: call the team',
  body: 'Open the patient.',
  tag: 'p1.asystole.1',
  patient: 'p1',
  priority: 'high',
  confirm: '/api/v1/deliveries/push.p1.7/confirm?token=a.b',
}

/** The service worker in a real browser, with messages as a push service delivers them. */
describe('a phone that is told of alarms', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())

  it('shows an alarm that the push service brings, the newest news in its place, and that there is one where it cannot be read', async () => {
    const server = await startFakeServer({ patients: 4 })
    const { page, close } = await openPage(browser)
    const origin = `http://127.0.0.1:${server.port}`
    await page.context().grantPermissions(['notifications'], { origin })
    await signIn(page, `${origin}/`, 'any')
    const cdp = await page.context().newCDPSession(page)
    const registered = new Promise<string>((resolve) => {
      cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [registration] = registrations
        if (registration !== undefined) resolve(registration.registrationId)
      })
    })
    await cdp.send('ServiceWorker.enable')
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/sw.js')
      await navigator.serviceWorker.ready
    })
    const registrationId = await registered
    const deliver = (data: string) => cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready
        return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }))
      })

    await deliver(JSON.stringify(MESSAGE))
    const { title, body, tag } = MESSAGE
    await expect.poll(shown).toEqual([{ title, body, tag }])
    await deliver(JSON.stringify({ ...MESSAGE, title: 'HIGH Bed 4: Asystole, escalated' }))
    await expect.poll(shown).toEqual([{ title: 'HIGH Bed 4: Asystole, escalated', body, tag }])
    await deliver('no JSON')
    await expect.poll(async () => (await shown()).map(({ title }) => title)).toContain('An alarm: open the ward')
    await close()
    await server.stop()
  })
})
