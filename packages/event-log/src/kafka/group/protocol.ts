import { AssignerProtocol } from 'kafkajs'

/** Name of the assignment strategy; members of a group have to know the same. */
export const STRATEGY = 'pulsewire-copartitioned'
const VERSION = 1

/** What a member says of itself when it joins. */
export interface Subscription {
  /** Names of its topics, with prefix. */
  readonly topics: readonly string[]
  readonly owned: readonly number[]
  readonly generation: number
  readonly partitions: number
}

/** In Kafka's own form (`ConsumerProtocolSubscription`), with what only our members read as user data. */
export function encodeSubscription({ topics, ...claim }: Subscription): Buffer {
  return AssignerProtocol.MemberMetadata.encode({
    version: VERSION,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify(claim)),
  })
}

/** A member whose claim cannot be read has none. */
export function decodeSubscription(bytes: Buffer): Subscription {
  const decoded = AssignerProtocol.MemberMetadata.decode(bytes)
  const claim = parseJson(decoded?.userData ?? Buffer.alloc(0))
  return {
    topics: decoded?.topics ?? [],
    owned: numbersOf(claim['owned']),
    generation: typeof claim['generation'] === 'number' ? claim['generation'] : -1,
    partitions: typeof claim['partitions'] === 'number' ? claim['partitions'] : 0,
  }
}

/** `ConsumerProtocolAssignment`: so that Kafka's own tools show who reads what. The partitions are those of all topics that have them. */
export function encodeAssignment(
  partitions: readonly number[],
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Buffer {
  const assignment: Record<string, number[]> = {}
  for (const topic of topics) assignment[topic.name] = partitions.filter((partition) => partition < topic.partitions)
  return AssignerProtocol.MemberAssignment.encode({
    version: VERSION,
    assignment,
    userData: Buffer.from(JSON.stringify({ partitions })),
  })
}

export function decodeAssignment(bytes: Buffer): number[] {
  const decoded = bytes.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(bytes)
  return numbersOf(parseJson(decoded?.userData ?? Buffer.alloc(0))['partitions'])
}

function parseJson(bytes: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}

function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => Number.isInteger(item)) : []
}
