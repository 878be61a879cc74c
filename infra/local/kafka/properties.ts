/** Ports of the loopback. The data knows the controller by its port, so they stay what they were. */
export interface KafkaPorts {
  readonly client: number
  readonly controller: number
  /** Where the broker talks to itself, in the clear, whatever clients must do. */
  readonly internal: number
}

/** The settings of a broker that is its own controller. `further` overrides. */
export function serverProperties(
  dataDirectory: string,
  ports: KafkaPorts,
  advertised: string,
  further: Readonly<Record<string, string>>,
): string {
  const internal = `INTERNAL://127.0.0.1:${ports.internal}`
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    listeners: `CLIENT://127.0.0.1:${ports.client},${internal},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `CLIENT://${advertised},${internal}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
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
