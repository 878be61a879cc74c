import type { PulsewireError } from '@pulsewire/contracts'

/** How an InfluxDB 2 is reached. */
export interface InfluxStoreOptions {
  readonly url: string
  readonly token: string
  readonly org: string
  readonly bucket: string
  /** A write without a sign of life for so long has failed (and is tried again by the caller), ms. Default 10,000. */
  readonly writeTimeoutMs?: number
  /** The same of a query. Default 60,000. */
  readonly queryTimeoutMs?: number
  /**
   * A write during which this process stood still for so long is refused before it goes on, ms: another recorder may have taken its
   * partitions meanwhile. Shorter than the session of a consumer. Default 3,000.
   */
  readonly pauseMs?: number
  /** Told of each damage that is found in what was stored, and of upkeep that failed. */
  readonly onDamage?: (error: PulsewireError) => void
}
