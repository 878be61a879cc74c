import { newVapidKeys, type VapidKeys } from '@pulsewire/delivery'
import type { EventLog } from '@pulsewire/event-log'
import { CONFIRM_KEY_SETTING, VAPID_SETTING, openRegistryView, sharedSetting } from '@pulsewire/registry'
import type { Logger, Metrics } from '@pulsewire/runtime'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { createCapSender } from './channels/cap/sender.ts'
import { createSmtpSender } from './channels/smtp/sender.ts'
import { createWebPushSender } from './channels/web-push/sender.ts'
import { createWebhookSender } from './channels/webhook/sender.ts'
import type { DeliveryConfig } from './config.ts'
import { startNotifier, type RunningNotifier } from './notifier.ts'

const vapidKeys = z.object({ publicKey: z.string(), privateKey: z.string() })

/** A notifier with all its channels, as the configuration says. */
export async function startConfiguredNotifier(
  { log, logger, metrics }: { readonly log: EventLog; readonly logger: Logger; readonly metrics: Metrics },
  config: DeliveryConfig,
): Promise<RunningNotifier> {
  const { PULSEWIRE_PUBLIC_URL: publicUrl, PULSEWIRE_SMTP_URL: url, PULSEWIRE_SMTP_FROM: from } = config
  const registry = await openRegistryView(log, { onError: (error) => logger.error({ err: error }, error.message) })
  const confirmKey = await sharedSetting(registry, CONFIRM_KEY_SETTING, () => randomBytes(32).toString('base64url'))
  const keys: VapidKeys = vapidKeys.parse(
    JSON.parse(await sharedSetting(registry, VAPID_SETTING, () => JSON.stringify(newVapidKeys()))),
  )
  const senders = {
    webhook: createWebhookSender({ now: Date.now }),
    email: createSmtpSender({ url, from }),
    'web-push': createWebPushSender({ vapidKeys: keys, contact: contactOf(publicUrl, from), confirmKey }),
    cap: createCapSender(),
  }
  const notifier = await startNotifier({ log, registry, senders, logger, metrics }, { publicUrl, confirmKey })
  return {
    ...notifier,
    stop: async () => {
      await notifier.stop()
      await registry.close()
    },
  }
}

/** Whom a push service may ask about what we send (RFC 8292, 2.1). */
function contactOf(publicUrl: string | undefined, from: string): string {
  if (publicUrl?.startsWith('https://') === true) return publicUrl
  const address = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from
  return `mailto:${address.trim()}`
}
