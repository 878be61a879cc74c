import { engineConfig } from '@pulsewire/engines'
import { z } from 'zod'

/** How alarms leave the house. */
export const deliveryConfig = {
  PULSEWIRE_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional()
    .describe('the address at which staff open the dashboard: messages have links to it; without it they have none'),
  PULSEWIRE_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
    .optional()
    .describe('the mail server: `smtp://user:password@host:587`, `smtps://…:465`; without it no e-mail is sent'),
  PULSEWIRE_SMTP_FROM: z
    .string()
    .regex(/^[^\r\n]{3,254}$/)
    .default('Pulsewire <pulsewire@localhost>')
    .describe('from whom e-mails are'),
} as const

export type DeliveryConfig = z.infer<z.ZodObject<typeof deliveryConfig>>

/** What a notifier alone reads from the environment. */
export const notifierConfig = { ...engineConfig, ...deliveryConfig } as const
