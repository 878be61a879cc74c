// What this adapter uses of kafkajs 2.2.4 below its public API (pinned; wire/internals.test.ts fails if a version changes it).

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net'
  import type { ConnectionOptions } from 'node:tls'
  import type { SASLOptions } from 'kafkajs'
  import type Encoder from 'kafkajs/src/protocol/encoder.js'

  export interface ApiRequest {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<Encoder>
  }
  export interface Exchange<T> {
    readonly request: ApiRequest
    readonly response: { decode(payload: Buffer): Promise<T>; parse(decoded: T): Promise<T> }
    readonly requestTimeout?: number
  }
  export interface Logger {
    namespace(name: string): Logger
    debug(message: string, extra?: object): void
    info(message: string, extra?: object): void
    warn(message: string, extra?: object): void
    error(message: string, extra?: object): void
  }
  export interface RequestQueue {
    readonly pending: readonly unknown[]
    readonly throttledUntil: number
    scheduleCheckPendingRequests(): void
    checkPendingRequests(): void
    rejectAll(error: Error): void
    destroy(): void
  }
  export type ApiVersions = Record<number, { readonly minVersion: number; readonly maxVersion: number }>
  export default class Connection {
    constructor(options: {
      host: string
      port: number
      clientId: string
      logger: Logger
      socketFactory: (options: {
        host: string
        port: number
        ssl: ConnectionOptions | null
        onConnect: () => void
      }) => Socket
      ssl: ConnectionOptions | null
      sasl: SASLOptions | null
      requestTimeout: number
      connectionTimeout: number
      enforceRequestTimeout: boolean
    })
    readonly requestQueue: RequestQueue
    processData(data: Buffer): void
    isConnected(): boolean
    connect(): Promise<unknown>
    authenticate(): Promise<void>
    setVersions(versions: ApiVersions): void
    setSupportAuthenticationProtocol(isSupported: boolean): void
    send<T>(exchange: Exchange<T>): Promise<T>
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize?: number)
    writeBuffer(buffer: Buffer): Encoder
    readonly buffer: Buffer
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  import type { KafkaJSProtocolError } from 'kafkajs'
  const errors: { createErrorFromCode(code: number): KafkaJSProtocolError }
  export default errors
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type { ApiVersions, Exchange } from 'kafkajs/src/network/connection.js'

  export interface Definition<Options, Result> {
    readonly versions: readonly string[]
    protocol(options: { version: number }): (options: Options) => Exchange<Result>
  }
  interface TopicPartitions<P> {
    readonly topic: string
    readonly partitions: readonly P[]
  }
  export interface Requests {
    readonly ApiVersions: Definition<
      void,
      { apiVersions: readonly { apiKey: number; minVersion: number; maxVersion: number }[] }
    >
    readonly Metadata: Definition<
      { topics: readonly string[]; allowAutoTopicCreation: boolean },
      {
        controllerId: number
        brokers: readonly { nodeId: number; host: string; port: number }[]
        topicMetadata: readonly {
          topicErrorCode: number
          topic: string
          partitionMetadata: readonly { partitionErrorCode: number; partitionId: number; leader: number }[]
        }[]
      }
    >
    readonly GroupCoordinator: Definition<
      { groupId: string; coordinatorType: number },
      { coordinator: { nodeId: number; host: string; port: number } }
    >
    readonly JoinGroup: Definition<
      {
        groupId: string
        sessionTimeout: number
        rebalanceTimeout: number
        memberId: string
        protocolType: string
        groupProtocols: readonly { name: string; metadata: Buffer }[]
      },
      {
        generationId: number
        leaderId: string
        memberId: string
        members: readonly { memberId: string; memberMetadata: Buffer }[]
      }
    >
    readonly SyncGroup: Definition<
      {
        groupId: string
        generationId: number
        memberId: string
        groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[]
      },
      { memberAssignment: Buffer }
    >
    readonly Heartbeat: Definition<{ groupId: string; groupGenerationId: number; memberId: string }, unknown>
    readonly LeaveGroup: Definition<{ groupId: string; memberId: string }, unknown>
    readonly OffsetCommit: Definition<
      {
        groupId: string
        groupGenerationId: number
        memberId: string
        topics: readonly TopicPartitions<{ partition: number; offset: string }>[]
      },
      unknown
    >
    readonly OffsetFetch: Definition<
      { groupId: string; topics: readonly TopicPartitions<{ partition: number }>[] },
      { responses: readonly TopicPartitions<{ partition: number; offset: string; errorCode: number }>[] }
    >
    readonly DescribeGroups: Definition<
      { groupIds: readonly string[] },
      { groups: readonly { members: readonly { memberId: string; memberMetadata: Buffer }[] }[] }
    >
    readonly CreateTopics: Definition<
      {
        topics: readonly {
          topic: string
          numPartitions: number
          replicationFactor: number
          configEntries: readonly { name: string; value: string }[]
        }[]
        timeout: number
      },
      unknown
    >
    readonly DescribeConfigs: Definition<
      {
        resources: readonly { type: number; name: string; configNames: readonly string[] }[]
        includeSynonyms: boolean
      },
      {
        resources: readonly {
          resourceName: string
          configEntries: readonly { configName: string; configValue: string | null }[]
        }[]
      }
    >
    readonly DeleteRecords: Definition<
      { topics: readonly TopicPartitions<{ partition: number; offset: string }>[]; timeout: number },
      unknown
    >
    readonly InitProducerId: Definition<
      { transactionalId: null; transactionTimeout: number },
      { producerId: string; producerEpoch: number }
    >
  }
  const protocol: {
    readonly requests: Requests
    lookup(versions: ApiVersions): <O, R>(apiKey: number, definition: Definition<O, R>) => (options: O) => Exchange<R>
  }
  export default protocol
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  import type { Requests } from 'kafkajs/src/protocol/requests/index.js'

  const apiKeys: Readonly<Record<keyof Requests | 'Produce' | 'Fetch' | 'ListOffsets', number>>
  export default apiKeys
}
