import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'

const CODE = readFileSync(join(import.meta.dirname, '../../services/dashboard/public/sw.js'), 'utf8')
const MESSAGE = {
  title: 'HIGH Bed 4: Asystole: call the team',
  body: 'Open the patient.',
  tag: 'p1.asystole.1',
  patient: 'p1',
  priority: 'high',
  confirm: '/api/v1/deliveries/push.p1.7/confirm?token=a.b',
}

/** The service worker as a browser runs it, with one page open or none. */
function start(page?: { focus: () => Promise<void>; navigate: (url: string) => Promise<void> }) {
  const listeners = new Map<string, (event: unknown) => void>()
  const shown = vi.fn(() => Promise.resolve())
  const opened = vi.fn((_url: string) => Promise.resolve())
  const fetched = vi.fn((_path: string, _init: unknown) => Promise.resolve({ ok: true, status: 202 }))
  const self = {
    addEventListener: (name: string, listener: (event: unknown) => void) => listeners.set(name, listener),
    registration: { showNotification: shown },
    clients: { matchAll: () => Promise.resolve(page === undefined ? [] : [page]), openWindow: opened },
  }
  runInContext(CODE, createContext({ self, fetch: fetched, encodeURIComponent }))
  const say = async (name: string, event: object): Promise<void> => {
    let waited: Promise<unknown> = Promise.resolve()
    listeners.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => (waited = work) })
    await waited
  }
  return { say, shown, opened, fetched }
}
const click = (data: object) => ({ notification: { data, close: () => undefined } })

describe('the service worker', () => {
  it('shows an alarm, in the place of an older message about it', async () => {
    const { say, shown } = start()
    await say('push', { data: { json: () => MESSAGE } })
    expect(shown).toHaveBeenCalledWith(
      MESSAGE.title,
      expect.objectContaining({ tag: 'p1.asystole.1', renotify: true, requireInteraction: true }),
    )
  })

  it('opens the patient and confirms the receipt, without the session', async () => {
    const { say, opened, fetched } = start()
    await say('notificationclick', click(MESSAGE))
    expect(opened).toHaveBeenCalledWith('/#/patient/p1')
    expect(fetched).toHaveBeenCalledWith(MESSAGE.confirm, { method: 'POST', credentials: 'omit' })
  })

  it('leads a page that is open already', async () => {
    const navigate = vi.fn(() => Promise.resolve())
    const { say, opened } = start({ focus: () => Promise.resolve(), navigate })
    await say('notificationclick', click(MESSAGE))
    expect(navigate).toHaveBeenCalledWith('/#/patient/p1')
    expect(opened).not.toHaveBeenCalled()
  })

  it('calls nothing but a confirmation', async () => {
    const { say, fetched } = start()
    await say('notificationclick', click({ ...MESSAGE, confirm: 'https://elsewhere.example/' }))
    expect(fetched).not.toHaveBeenCalled()
  })
})
