import type { Api } from '../api/client.ts'

/** Whether this browser is notified of alarms. */
export type PushState =
  /** It cannot be: an old browser, or a page without TLS. */
  { readonly kind: 'impossible'; readonly why: string } | { readonly kind: 'off' } | { readonly kind: 'on' }

/** What this browser could do, and does. */
export async function pushState(): Promise<PushState> {
  if (!isSecureContext) return { kind: 'impossible', why: 'notifications need https://' }
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) {
    return { kind: 'impossible', why: 'this browser knows no notifications' }
  }
  if (Notification.permission === 'denied') {
    return { kind: 'impossible', why: 'notifications of this page are blocked in the settings of the browser' }
  }
  const registration = await navigator.serviceWorker.getRegistration('/')
  const subscription = await registration?.pushManager.getSubscription()
  return { kind: subscription ? 'on' : 'off' }
}

/** Subscribes this browser; call it in a gesture. Throws in plain words where it was not allowed. */
export async function switchOn(api: Api): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new Error('Notifications were not allowed')
  await navigator.serviceWorker.register('/sw.js', { scope: '/' })
  const { pushManager } = await navigator.serviceWorker.ready
  const { publicKey } = await api.call('GET /channels/web-push/key')
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
  const { p256dh = '', auth = '' } = subscription.toJSON().keys ?? {}
  const { id } = await api.call('POST /channels/web-push/subscriptions', {
    body: { endpoint: subscription.endpoint, keys: { p256dh, auth } },
  })
  localStorage.setItem(ID_KEY, id)
}

/** Ends the subscription, here and at the server. */
export async function switchOff(api: Api): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  const subscription = await registration?.pushManager.getSubscription()
  await subscription?.unsubscribe()
  const id = localStorage.getItem(ID_KEY)
  if (id !== null) await api.call('DELETE /channels/web-push/subscriptions/{id}', { path: { id } })
  localStorage.removeItem(ID_KEY)
}

/** Where this browser keeps the name of its subscription. */
const ID_KEY = 'pulsewire-push'
