import { setTimeout as sleep } from 'node:timers/promises'
import { PulsewireError } from '@pulsewire/contracts'
import { unavailable } from './errors.ts'
import { openLink, type Address, type Link, type LinkSettings, type ResultOf } from './wire/link.ts'

const METADATA_TIMEOUT_MS = 4_000
const GROUP_COORDINATOR = 0
/** Asked for by the protocol; without a transaction it means nothing. */
const TRANSACTION_TIMEOUT_MS = 60_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 1_000

type Metadata = ResultOf<'Metadata'>

/** The brokers of a cluster: who leads which partition, and connections to them. */
export interface Cluster {
  /** Node id of the leader, as far as known. */
  leaderOf(topic: string, partition: number): number | undefined
  /** Asks the cluster again, for the topics given at first. One question at a time. */
  refresh(): Promise<void>
  /** An open connection to a node, one for each `purpose`: a broker answers a connection's requests one after the other. */
  link(nodeId: number, purpose: string): Promise<Link>
  coordinatorOf(group: string): Promise<number>
  /** An identity for an idempotent producer, from any broker. */
  newProducer(nodeId: number): Promise<{ readonly producerId: bigint; readonly epoch: number }>
  controller(): Promise<number>
  metadata(topics: readonly string[]): Promise<Metadata>
  /** Tries `work` again while it fails with anything transient, until `deadlineMs` from now have passed; then PW_LOG_UNAVAILABLE. */
  persist<T>(what: string, deadlineMs: number, work: () => Promise<T>): Promise<T>
  close(): void
}

/** Does not connect yet. `topics`: whose leaders are to be known. */
export function createCluster(options: {
  readonly bootstrap: readonly Address[]
  readonly settings: LinkSettings
  readonly topics: readonly string[]
}): Cluster {
  const { bootstrap, settings } = options
  let nodes = new Map<number, Address>()
  let leaders = new Map<string, number>()
  let controllerId: number | undefined
  let refreshing: Promise<void> | undefined
  let closed = false
  const links = new Map<string, Promise<Link>>()
  const live = new Set<Link>()

  const assertOpen = (): void => {
    if (closed) throw new PulsewireError('PW_LOG_CLOSED')
  }

  const openTo = (address: Address, purpose: string): Promise<Link> => {
    assertOpen()
    const id = `${address.host}:${address.port}/${purpose}`
    const known = links.get(id)
    if (known !== undefined) return known
    const opening = openLink(address, settings).then(
      (link) => {
        if (closed) link.close()
        for (const old of live) if (!old.isOpen) live.delete(old)
        live.add(link)
        return link
      },
      (error: unknown) => {
        links.delete(id)
        throw unavailable(`${address.host}:${address.port} cannot be reached`, error)
      },
    )
    links.set(id, opening)
    return opening
  }

  const linkTo = async (address: Address, purpose: string): Promise<Link> => {
    const link = await openTo(address, purpose)
    assertOpen()
    if (link.isOpen) return link
    // It broke since; whoever comes first opens the next.
    const id = `${address.host}:${address.port}/${purpose}`
    const known = links.get(id)
    if (known !== undefined && (await known) === link) links.delete(id)
    link.close()
    return linkTo(address, purpose)
  }

  /** Asks any broker that answers: those known, then those given. */
  const askAny = async <T>(ask: (link: Link) => Promise<T>): Promise<T> => {
    const tried = new Set<string>()
    let failure: unknown
    for (const address of [...nodes.values(), ...bootstrap]) {
      const id = `${address.host}:${address.port}`
      if (tried.has(id)) continue
      tried.add(id)
      try {
        return await ask(await linkTo(address, 'any'))
      } catch (error) {
        assertOpen()
        failure = error
      }
    }
    throw unavailable('No broker answers', failure)
  }

  const metadata = async (topics: readonly string[]): Promise<Metadata> => {
    const found = await askAny((link) =>
      link.call('Metadata', { topics, allowAutoTopicCreation: false }, METADATA_TIMEOUT_MS, true),
    )
    if (found.brokers.length === 0) throw unavailable('The cluster names no broker')
    nodes = new Map(found.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    controllerId = found.controllerId
    return found
  }

  const refresh = async (): Promise<void> => {
    const { topicMetadata } = await metadata(options.topics)
    leaders = new Map(
      topicMetadata.flatMap(({ topic, partitionMetadata }) =>
        partitionMetadata
          .filter(({ leader }) => leader >= 0)
          .map(({ partitionId, leader }): [string, number] => [`${topic}/${partitionId}`, leader]),
      ),
    )
  }

  return {
    leaderOf: (topic, partition) => leaders.get(`${topic}/${partition}`),
    refresh: () => (refreshing ??= refresh().finally(() => (refreshing = undefined))),
    async link(nodeId, purpose) {
      const address = nodes.get(nodeId)
      if (address === undefined) throw unavailable(`Broker ${nodeId} is not known`)
      return linkTo(address, purpose)
    },
    async coordinatorOf(group) {
      const { coordinator } = await askAny((link) =>
        link.call('GroupCoordinator', { groupId: group, coordinatorType: GROUP_COORDINATOR }, METADATA_TIMEOUT_MS),
      )
      nodes.set(coordinator.nodeId, { host: coordinator.host, port: coordinator.port })
      return coordinator.nodeId
    },
    async newProducer(nodeId) {
      const address = nodes.get(nodeId)
      if (address === undefined) throw unavailable(`Broker ${nodeId} is not known`)
      const link = await linkTo(address, 'any')
      const request = { transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS }
      const { producerId, producerEpoch } = await link.call('InitProducerId', request, METADATA_TIMEOUT_MS)
      return { producerId: BigInt(producerId), epoch: producerEpoch }
    },
    async controller() {
      if (controllerId === undefined || !nodes.has(controllerId)) await metadata(options.topics)
      if (controllerId === undefined) throw unavailable('The cluster names no controller')
      return controllerId
    },
    metadata,
    async persist(what, deadlineMs, work) {
      const until = performance.now() + deadlineMs
      for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
        try {
          return await work()
        } catch (error) {
          assertOpen()
          if (error instanceof PulsewireError && error.entry.class === 'permanent') throw error
          if (performance.now() + waitMs >= until) throw unavailable(what, error)
          await sleep(waitMs)
          assertOpen()
        }
      }
    },
    close() {
      closed = true
      for (const link of live) link.close()
    },
  }
}
