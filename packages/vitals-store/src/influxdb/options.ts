/** How an InfluxDB 2 is reached. */
export interface InfluxStoreOptions {
  readonly url: string
  readonly token: string
  readonly org: string
  readonly bucket: string
}
