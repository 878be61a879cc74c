// Web Push: shows what the notifier sent (packages/delivery/src/message/push.ts), and opens the patient. Keeps nothing, answers no request.

/** A message that cannot be read is told all the same: it was sent because something rings. */
const UNREADABLE = {
  title: 'An alarm: open the ward',
  body: 'The message about it could not be read.',
  tag: 'unreadable',
  patient: 'system',
  priority: 'high',
}

function messageOf(data) {
  try {
    return data.json()
  } catch {
    return UNREADABLE
  }
}

self.addEventListener('push', (event) => {
  const { title, body, tag, patient, priority, confirm } = messageOf(event.data)
  event.waitUntil(
    self.registration.showNotification(title, {
      body,
      // A newer message about the same alarm takes the place of the one before, and rings again.
      tag,
      renotify: true,
      requireInteraction: priority === 'high',
      icon: '/favicon.svg',
      data: { patient, confirm },
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  const { patient, confirm } = event.notification.data
  event.notification.close()
  event.waitUntil(Promise.all([confirmReceipt(confirm), openPatient(patient)]))
})

/** Says that somebody has seen it. The alarm itself is acknowledged on the page. */
async function confirmReceipt(path) {
  if (typeof path !== 'string' || !path.startsWith('/api/v1/deliveries/')) return
  const response = await fetch(path, { method: 'POST', credentials: 'omit' })
  // 409: confirmed or over already.
  if (!response.ok && response.status !== 409) throw new Error(`the receipt was answered with ${response.status}`)
}

async function openPatient(patient) {
  const url = patient === 'system' ? '/#/' : `/#/patient/${encodeURIComponent(patient)}`
  const [open] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (open === undefined) return self.clients.openWindow(url)
  await open.focus()
  // A page that this worker does not control cannot be led elsewhere.
  return open.navigate(url).catch(() => self.clients.openWindow(url))
}
