import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DESK, PHONE, launch, openPage, screenshot, seriousViolations, signIn } from './support/browser.ts'
import { connectDevice } from './support/device.ts'
import { writeQrVideo } from './support/qr-video.ts'
import { PASSWORD, type TestStation, startStation } from './support/station.ts'

let station: TestStation
let browser: Browser
let page: Page
let complaints: string[]
let url = ''
const videos = mkdtempSync(join(tmpdir(), 'pulsewire-camera-'))

beforeAll(async () => {
  station = await startStation(false)
  url = `http://127.0.0.1:${station.httpPort}/`
  const film = join(videos, 'labels.y4m')
  writeQrVideo(film, ['pulsewire:device:patch-1', 'pulsewire:patient:ada'])
  browser = await launch([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ])
  ;({ page, complaints } = await openPage(browser, { width: 1280, height: 800 }))
  await page.goto(url)
  await page.fill('input[name=user]', 'admin')
  await page.fill('input[name=password]', PASSWORD)
  await button('Sign in').click()
  // The page of a ward without anybody is the newcomer's.
  await page.getByRole('link', { name: /First steps/ }).waitFor()
  await api('POST', 'patients', { name: 'M. Reyes', place: 'Bed 4', dateOfBirth: '1955-04-02', sex: 'male' })
  await page.locator('.tile').waitFor()
})
afterAll(async () => {
  await browser?.close()
  await station?.stop()
  rmSync(videos, { recursive: true, force: true })
})

/** Every page, and what shows that its content is there. */
const PAGES: Readonly<Record<string, string>> = {
  patients: 'section[aria-label=Patients] td',
  'patients/ada': '.stay button',
  devices: 'section[aria-label=Devices] td',
  'devices/patch-1': '.trouble-list li',
  scan: 'input[name=code]',
  labels: '.columns input',
  beds: 'section[aria-label=Beds] td',
  limits: '.limits td input',
  escalation: '.cards h3',
  channels: 'section[aria-label="Where alarms are told"] form',
  users: 'section[aria-label=Users] td',
  audit: '.audit td',
  password: 'input[name=new-password]',
  start: '.path h2',
}

/** A call of the API as the page's user. */
const api = (method: string, path: string, body?: unknown) =>
  page.evaluate(
    async ({ method, path, body }) => {
      const init =
        body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const response = await fetch(`/api/v1/${path}`, { method, ...init })
      const text = await response.text()
      return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    },
    { method, path, body },
  )
const open = async (section: string, item = '') => {
  await page.goto(`${url}#/admin/${section}${item === '' ? '' : `/${item}`}`)
  await page.locator('main.admin').waitFor()
}
const button = (name: string | RegExp) => page.getByRole('button', { name })
const text = (selector: string) => page.locator(selector).innerText()

describe('administration in the browser', () => {
  it('adds beds, admits a patient to a free one, and keeps what is typed when somebody else was faster', async () => {
    await open('beds')
    await page.fill('input[name=unit]', 'North')
    await page.fill('input[name=count]', '4')
    await button('Add Bed 1 to Bed 4').click()
    await expect.poll(() => text('main.admin')).toContain('4 of 4 beds are free')

    await open('patients')
    const form = page.getByRole('form', { name: 'New patient' })
    await form.locator('input[name=name]').fill('Ada Plain')
    await form.locator('input[name=place]').fill('North Bed 1')
    await button('Add patient').click()
    await page.getByRole('link', { name: 'Ada Plain' }).click()
    const edit = page.getByRole('form', { name: 'Patient' })
    await edit.locator('input[name=name]').fill('Ada Plain-Smith')
    const id = page.url().split('/').at(-1) ?? ''
    await api('PATCH', `patients/${id}`, { place: 'North Bed 2', name: 'A. Plain' })
    await button('Save').click()
    await expect.poll(() => text('.overtaken')).toContain('Somebody else changed this')
    expect(await text('.overtaken')).toContain('A. Plain — you typed “Ada Plain-Smith”')
    expect(await edit.locator('input[name=name]').inputValue()).toBe('Ada Plain-Smith')
    await screenshot(page, 'admin-overtaken')
    await button('Save mine over it').click()
    await expect.poll(() => text('main.admin h2')).toContain('Ada Plain-Smith')
    expect(await api('GET', `patients/${id}`)).toMatchObject({ name: 'Ada Plain-Smith', place: 'North Bed 2' })

    await button('Discharge…').click()
    await button('Discharge Ada Plain-Smith').click()
    await expect.poll(() => text('.stay')).toContain('Discharged')
    await button('Admit again').click()
    await expect.poll(() => text('.stay')).toContain('Monitored')
  })

  it('says who wears what by scanning: the camera, then undone; a hand-held scanner that types', async () => {
    await api('POST', 'patients', { id: 'ada', name: 'Ada Lovelace', place: 'North Bed 3' })
    await api('POST', 'patients', { id: 'ben', name: 'Ben Okri' })
    const made = await api('POST', 'devices', { id: 'patch-1', model: 'PW-1' })
    await api('PUT', 'devices/patch-1/patient', { patient: 'ben' })
    await open('scan')
    await button('Use the camera').click()
    const question = page.getByRole('alertdialog')
    await question.waitFor({ timeout: 30_000 })
    expect(await question.innerText()).toContain(
      'patch-1 is worn by Ada Lovelace, North Bed 3 from now on; it was worn by Ben Okri.',
    )
    await screenshot(page, 'admin-scan')
    await button('Yes, that is right').click()
    await expect.poll(() => text('.done')).toContain('patch-1 is worn by Ada Lovelace')
    await button('Undo').click()
    await expect.poll(() => api('GET', 'devices/patch-1')).toMatchObject({ patient: 'ben' })
    await button('Close the camera').click()

    // Wherever the focus is: what a scanner types is a code, and never a key of the screen. Also before the page knows who is there.
    const slow = async (route: Route): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      await route.continue()
    }
    await page.route('**/api/v1/patients', slow)
    await page.reload()
    await page.locator('main.admin h1').click()
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    await page.keyboard.type('patch-1\n')
    await page.keyboard.type('pulsewire:patient:ada\n')
    await question.waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await button('Yes, that is right').click()
    await expect.poll(() => api('GET', 'devices/patch-1')).toMatchObject({ patient: 'ada' })

    const { password } = made['credential'] as { password: string }
    const device = await connectDevice(station.mqttPort, 'patch-1', password)
    await device.send('vitals', { at: Date.now(), vitals: { spo2: 140 } })
    await device.end()
    await open('devices', 'patch-1')
    await expect.poll(() => text('.trouble-list')).toContain('not as the contract says')
    await screenshot(page, 'admin-device')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('reads a picture of a label, and prints labels', async () => {
    await open('labels')
    await page.getByLabel(/patch-1/).check()
    const label = page.locator('.labels li', { hasText: 'pulsewire:device:patch-1' })
    const picture = await label.locator('svg').screenshot()
    await screenshot(page, 'admin-labels')
    expect(await seriousViolations(page)).toEqual([])
    await open('scan')
    await page.setInputFiles('input[type=file]', { name: 'label.png', mimeType: 'image/png', buffer: picture })
    await expect.poll(() => text('.steps')).toContain('patch-1')
  })

  it('defines an escalation chain and the limits of a profile, each after a yes', async () => {
    await open('escalation')
    await page.fill('input[name=chain-name]', 'Night')
    await page.fill('textarea[name=steps]', 'nurse\nnight-team')
    await button('Make chain').click()
    await page.getByRole('heading', { name: 'Night' }).waitFor()
    await screenshot(page, 'admin-escalation')
    expect(await seriousViolations(page)).toEqual([])

    await open('limits')
    await button(/COPD/).click()
    await page.getByLabel(/^(SpO2|Oxygen saturation|SpO₂).*low limit$/i).fill('84')
    await button('Change the limits').click()
    await expect.poll(() => text('.confirm')).toContain('86 → 84')
    await screenshot(page, 'admin-limits')
    await button('Yes, change the limits').click()
    await expect.poll(async () => JSON.stringify(await api('GET', 'limit-profiles'))).toContain('"spo2":{"low":84}')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('makes users; each changes the own password; the last administrator stays', async () => {
    await open('users')
    await page.fill('input[name=user-name]', 'nina')
    await page.fill('input[name=user-password]', 'given by the admin')
    await button('Make user').click()
    await page.getByRole('cell', { name: 'nina', exact: true }).waitFor()
    await button('Change admin').click()
    await page.getByRole('group', { name: 'Change admin' }).getByRole('button', { name: 'Shut out…' }).click()
    await button('Shut admin out').click()
    await expect.poll(() => text('[aria-label="Change admin"] .problem')).toContain('administrator')
    await screenshot(page, 'admin-users')
    expect(await seriousViolations(page)).toEqual([])

    const { page: ninas, close } = await openPage(browser, DESK)
    await ninas.goto(url)
    await ninas.fill('input[name=user]', 'nina')
    await ninas.fill('input[name=password]', 'given by the admin')
    await ninas.getByRole('button', { name: 'Sign in' }).click()
    await ninas.getByRole('main', { name: 'Ward' }).waitFor()
    await ninas.goto(`${url}#/admin/password`)
    await ninas.fill('input[name=current-password]', 'given by the admin')
    await ninas.fill('input[name=new-password]', 'of my own choice')
    await ninas.fill('input[name=new-password-again]', 'of my own choice')
    await ninas.getByRole('button', { name: 'Change password' }).click()
    await ninas.getByText('Changed. Everywhere else you are signed out.').waitFor()
    await ninas.waitForSelector('.screen[data-phase=live]')
    expect(await ninas.getByRole('navigation', { name: 'Administration' }).innerText()).not.toContain('Users')
    await close()
  })

  it('tells who did what, what it was before, and shows an analyst no ward that would stay empty', async () => {
    await open('audit')
    await page.fill('input[name=what]', 'North Bed 2')
    await button('Find').click()
    await expect.poll(() => text('.audit')).toMatch(/changed a patient.*place: North Bed 1 → North Bed 2/s)
    await page.fill('input[name=what]', '')
    await button('Find').click()
    await expect.poll(() => text('.audit')).toContain('made a user')
    await screenshot(page, 'admin-audit')
    expect(await seriousViolations(page)).toEqual([])

    await api('POST', 'users', { name: 'ann', password: 'given by the admin', roles: ['analyst'] })
    const analyst = await openPage(browser, DESK, 'light')
    await analyst.page.goto(url)
    await analyst.page.fill('input[name=user]', 'ann')
    await analyst.page.fill('input[name=password]', 'given by the admin')
    await analyst.page.getByRole('button', { name: 'Sign in' }).click()
    await analyst.page.getByText('this screen watches no patient').waitFor()
    expect(await seriousViolations(analyst.page)).toEqual([])
    expect(analyst.complaints).toEqual([])
    await analyst.close()
  })

  it.each([
    ['desk', 'dark', DESK],
    ['phone', 'light', PHONE],
  ] as const)(
    'has no page with a violation on a %s in %s',
    async (size, theme, viewport) => {
      const other = await openPage(browser, viewport, theme)
      await signIn(other.page, url, PASSWORD)
      for (const [section, content] of Object.entries(PAGES)) {
        await other.page.goto(`${url}#/admin/${section}`)
        await other.page.locator(content).first().waitFor()
        await screenshot(other.page, `admin-${size}-${section.replace('/', '-')}`)
        expect([section, await seriousViolations(other.page)]).toEqual([section, []])
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect([section, wide <= 0]).toEqual([section, true])
      }
      await other.close()
    },
    240_000,
  )

  it('left no complaint in the console but of what was refused on purpose', () => {
    expect(complaints.filter((text) => !/40[39]|409/.test(text))).toEqual([])
  })
})
