/** What a member says of itself when it joins. */
export interface Claim {
  readonly member: string
  /** Partitions that it holds (also those that it is just giving up), with the generation in which it last got any. */
  readonly owned: readonly number[]
  readonly generation: number
  /** How many partitions its topics have. */
  readonly partitions: number
}

/**
 * Shares the partitions out, as equally as possible, moving as few as possible. A partition moves in two steps: in this generation its holder is no
 * longer given it (and nobody else is), in the next, when the holder has let it go, the new one gets it. So a partition never has two owners,
 * its holder has all the time that it needs to flush it, and what stays is not interrupted.
 */
export function assignPartitions(claims: readonly Claim[]): Map<string, number[]> {
  const members = claims.map(({ member }) => member).sort()
  const partitions = Math.max(0, ...claims.map((claim) => claim.partitions))
  const holders = new Map<number, string>()
  // Of two who claim the same (which cannot be) the one with the younger claim has it.
  for (const { member, owned } of [...claims].sort((a, b) => a.generation - b.generation)) {
    for (const partition of owned) if (partition < partitions) holders.set(partition, member)
  }

  const held = new Map(members.map((member): [string, number[]] => [member, []]))
  for (const [partition, member] of [...holders].sort(([a], [b]) => a - b)) held.get(member)?.push(partition)
  const base = Math.floor(partitions / Math.max(1, members.length))
  const more = partitions - base * members.length
  // Who holds most already keeps the odd ones.
  const ranked = [...members].sort(
    (a, b) => (held.get(b)?.length ?? 0) - (held.get(a)?.length ?? 0) || (a < b ? -1 : 1),
  )

  const shares = new Map<string, number[]>()
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => !holders.has(partition),
  )
  for (const [rank, member] of ranked.entries()) {
    const quota = base + (rank < more ? 1 : 0)
    const kept = (held.get(member) ?? []).slice(0, quota)
    shares.set(member, kept)
  }
  for (const [rank, member] of ranked.entries()) {
    const quota = base + (rank < more ? 1 : 0)
    const share = shares.get(member) ?? []
    while (share.length < quota) {
      const next = free.shift()
      if (next === undefined) break
      share.push(next)
    }
    share.sort((a, b) => a - b)
  }
  return shares
}
