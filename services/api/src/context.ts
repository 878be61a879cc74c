import type { EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import type { Audit } from './audit.ts'
import type { Sessions } from './auth/sessions.ts'
import type { Views } from './views/views.ts'

/** Where devices connect. Ports are missing where the broker is no process of this station. */
export interface Listeners {
  readonly host: string
  readonly mqttPort?: number
  readonly mqttsPort?: number
}

/** What the routes work with. */
export interface ApiContext {
  readonly log: EventLog
  readonly store: VitalsStore
  readonly registry: RegistryView
  readonly views: Views
  readonly sessions: Sessions
  readonly audit: Audit
  readonly logger: Logger
  /** Where this API, and the broker beside it, can be reached. */
  readonly listeners: () => Promise<Listeners>
  readonly now: () => number
  /** How long an answer waits for the alarm manager to do what was asked, ms. */
  readonly effectWithinMs: number
  readonly secureCookies: boolean
  readonly signInsPerMinute: number
}
