export interface KafkaListeners {
  readonly clientPort: number
  readonly controllerPort: number
  /** host:port that clients are told to come back to; default the listener itself. A proxy's, say. */
  readonly advertised?: string
  /** One more listener (NAME://host:port). */
  readonly further?: string
}

/** The settings of a broker that is its own controller. `further` overrides. */
export function serverProperties(
  dataDirectory: string,
  { clientPort, controllerPort, advertised, further: listener }: KafkaListeners,
  further: Readonly<Record<string, string>> = {},
): string {
  const extra = listener === undefined ? '' : `,${listener}`
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `CLIENT://127.0.0.1:${clientPort}${extra},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENT://${advertised ?? `127.0.0.1:${clientPort}`}${extra}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENT:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENT',
    'log.dirs': dataDirectory,
    'num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    // A start after kill -9 waits for the old session to end.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    ...further,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
