import { LOG_TOPICS, PulsewireError, type LogTopic } from '@pulsewire/contracts'

/** Partitions of a log where nothing else is said. */
export const DEFAULT_PARTITIONS = 8

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** 32-bit murmur2 as Kafka's default partitioner computes it (signed result), so that every adapter puts a key into the same partition. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let hash = SEED ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER)
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ word
  }
  const left = length - at
  if (left === 3) hash ^= view.getUint8(at + 2) << 16
  if (left >= 2) hash ^= view.getUint8(at + 1) << 8
  if (left >= 1) hash = Math.imul(hash ^ view.getUint8(at), MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among `partitions` (Kafka: `toPositive(murmur2(key)) % partitions`). */
export function partitionOfKey(key: string, partitions: number): number {
  return partitions === 1 ? 0 : (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** Partitions of a topic in a log with `partitions`. */
export function partitionsOfTopic(topic: LogTopic, partitions: number): number {
  return LOG_TOPICS[topic].partitioned ? partitions : 1
}

/** Refuses a partition count that no log can have. */
export function checkPartitionCount(partitions: number): void {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1024) {
    throw new PulsewireError('PW_CONFIG_INVALID', `partitions must be a whole number from 1 to 1024, not ${partitions}`)
  }
}
