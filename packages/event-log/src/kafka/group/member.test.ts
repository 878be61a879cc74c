import { errorCodeOf } from '@pulsewire/contracts'
import type { Requests } from 'kafkajs/src/protocol/requests/index.js'
import errors from 'kafkajs/src/protocol/error.js'
import { expect, test, vi } from 'vitest'
import { createFakeBroker } from '../testing/fake-broker.ts'
import type { ResultOf } from '../wire/link.ts'
import { startMember } from './member.ts'
import { encodeAssignment } from './protocol.ts'

const UNKNOWN_MEMBER_ID = 25
const PATIENCE = { timeout: 5_000, interval: 5 }

test('a late refusal of a commit, to who the member was before, does not end what it is now', async () => {
  const unknown = (): Error => errors.createErrorFromCode(UNKNOWN_MEMBER_ID)
  const notHere = (): Promise<never> => Promise.reject(new Error('not here'))
  let joins = 0
  let knows = true
  let refuseCommit: (() => void) | undefined
  const answers: { [N in keyof Requests]: () => Promise<ResultOf<N>> } = {
    ApiVersions: notHere,
    Metadata: notHere,
    GroupCoordinator: notHere,
    async JoinGroup() {
      knows = true
      const memberId = `member-${++joins}`
      return { memberId, leaderId: 'another', generationId: joins, members: [] }
    },
    SyncGroup: async () => ({ memberAssignment: encodeAssignment([0], [{ name: 'telemetry', partitions: 1 }]) }),
    Heartbeat: () => (knows ? Promise.resolve() : Promise.reject(unknown())),
    LeaveGroup: async () => undefined,
    OffsetCommit: () => new Promise((_resolve, reject) => (refuseCommit = () => reject(unknown()))),
    OffsetFetch: notHere,
    DescribeGroups: notHere,
    CreateTopics: notHere,
    DescribeConfigs: notHere,
    DeleteRecords: notHere,
    InitProducerId: notHere,
  }
  const { cluster } = createFakeBroker()
  cluster.link = async () => ({
    isOpen: true,
    call: (name) => answers[name](),
    send: notHere,
    close: () => undefined,
  })
  let epoch = 0
  const member = startMember(cluster, {
    membership: { group: 'g', member: 'm', topics: ['telemetry'], partitions: 1 },
    group: 'g',
    nameOf: (topic) => topic,
    partitionCount: () => 1,
    sessionTimeoutMs: 6_000,
    nextEpoch: () => ++epoch,
    onChange: () => undefined,
  })
  await vi.waitFor(() => expect(member.holds(0, 1)).toBe(true), PATIENCE)
  const committed = member.commit(0, 1, [{ topic: 'telemetry', partition: 0, offset: 5 }]).catch(errorCodeOf)
  await vi.waitFor(() => expect(refuseCommit).toBeDefined(), PATIENCE)
  // Kafka forgets the member: it joins anew, while the commit is not answered yet.
  knows = false
  await vi.waitFor(() => expect(member.holds(0, 2)).toBe(true), PATIENCE)
  refuseCommit?.()
  expect(await committed).toBe('PW_CONFLICT')
  expect(member.holds(0, 2)).toBe(true)
  expect(joins).toBe(2)
  await member.leave()
})
