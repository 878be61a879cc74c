import { createRequire } from 'node:module'
import Connection from 'kafkajs/src/network/connection.js'
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js'
import protocol from 'kafkajs/src/protocol/requests/index.js'
import { describe, expect, test } from 'vitest'

/** Below its public API kafkajs promises nothing: with another version, read wire/kafkajs-internals.d.ts against its source first. */
describe('what is used of kafkajs below its public API', () => {
  test('is that of version 2.2.4', () => {
    const manifest: unknown = createRequire(import.meta.url)('kafkajs/package.json')
    expect(manifest).toMatchObject({ version: '2.2.4' })
  })

  test('requests that it encodes', () => {
    const used = [
      'ApiVersions', 'Metadata', 'GroupCoordinator', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch',
      'DescribeGroups', 'DescribeConfigs', 'CreateTopics', 'DeleteRecords', 'InitProducerId',
    ] as const // prettier-ignore
    for (const name of used) {
      expect(typeof apiKeys[name]).toBe('number')
      expect(protocol.requests[name].versions.length).toBeGreaterThan(0)
    }
    expect([apiKeys.Produce, apiKeys.Fetch, apiKeys.ListOffsets]).toEqual([0, 1, 2])
  })

  test('members of a connection and of its queue that are replaced or called', () => {
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
    const logger = { ...silent, namespace: () => logger }
    const connection = new Connection({
      host: 'h', port: 1, clientId: 'c', logger, ssl: null, sasl: null, requestTimeout: 1, connectionTimeout: 1, enforceRequestTimeout: false,
      socketFactory: () => {
        throw new Error('not connected here')
      },
    }) // prettier-ignore
    for (const name of ['processData', 'connect', 'authenticate', 'send', 'isConnected', 'setVersions'] as const) {
      expect(typeof connection[name]).toBe('function')
    }
    const queue = connection.requestQueue
    for (const name of ['scheduleCheckPendingRequests', 'checkPendingRequests', 'rejectAll', 'destroy'] as const) {
      expect(typeof queue[name]).toBe('function')
    }
    expect({ pending: queue.pending, throttled: queue.throttledUntil }).toEqual({ pending: [], throttled: -1 })
  })
})
