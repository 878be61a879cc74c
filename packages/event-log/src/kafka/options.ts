/** How a Kafka event log is reached and how its topics are made. */
export interface KafkaEventLogOptions {
  /** host:port, to begin with; the cluster tells of the others. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Partitions of the partitioned topics, where they are made. A cluster that has them already must have as many of each, whatever their number. */
  readonly partitions?: number
  /** Default 1. */
  readonly replicationFactor?: number
  /** Before each topic's and group's name, so that several systems share a cluster. Default none. */
  readonly topicPrefix?: string
  /** PEM texts; `{}` = TLS with the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  /** A member of a group that is not heard of for so long loses its partitions, ms. Default 8,000; Kafka takes 6,000 at least. */
  readonly sessionTimeoutMs?: number
  /** What the client has to say. */
  readonly onLog?: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields: Record<string, unknown>,
  ) => void
}
