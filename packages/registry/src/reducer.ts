import type {
  Association,
  Bed,
  Channel,
  Device,
  EscalationChain,
  LimitProfileEntity,
  Patient,
  RegistryChange,
  RegistryEntity,
  Setting,
  User,
} from '@pulsewire/contracts'

/** An entity with the version that it stands at (1 = as created), and who changed it last. */
export interface Versioned<T> {
  readonly version: number
  readonly entity: T
  readonly at: number
  readonly by: string
}

/** All that the registry knows, by id. */
export interface RegistryState {
  readonly patients: ReadonlyMap<string, Versioned<Patient>>
  readonly devices: ReadonlyMap<string, Versioned<Device>>
  readonly associations: ReadonlyMap<string, Versioned<Association>>
  readonly users: ReadonlyMap<string, Versioned<User>>
  readonly settings: ReadonlyMap<string, Versioned<Setting>>
  readonly beds: ReadonlyMap<string, Versioned<Bed>>
  readonly escalationChains: ReadonlyMap<string, Versioned<EscalationChain>>
  readonly limitProfiles: ReadonlyMap<string, Versioned<LimitProfileEntity>>
  readonly channels: ReadonlyMap<string, Versioned<Channel>>
}

/** The key of a change in the log: one of its own, so that compaction never lets a lost race remove what won. */
export function changeKey(change: RegistryChange): string {
  return `${change.entity.kind}/${change.entity.id}/${change.changeId}`
}

/** The entity as `state` has it. */
export function entityOf(
  state: RegistryState,
  kind: RegistryEntity['kind'],
  id: string,
): Versioned<RegistryEntity> | undefined {
  switch (kind) {
    case 'patient':
      return state.patients.get(id)
    case 'device':
      return state.devices.get(id)
    case 'association':
      return state.associations.get(id)
    case 'user':
      return state.users.get(id)
    case 'setting':
      return state.settings.get(id)
    case 'bed':
      return state.beds.get(id)
    case 'escalation-chain':
      return state.escalationChains.get(id)
    case 'limit-profile':
      return state.limitProfiles.get(id)
    case 'channel':
      return state.channels.get(id)
  }
}

/**
 * True where `change` follows the version that `state` has: one that follows an older version lost a race, and every view ignores it alike.
 * One that follows a newer version was written by a view that had seen what is damaged in the log by now, and says the whole entity: it counts.
 */
export function follows(state: RegistryState, change: RegistryChange): boolean {
  const { kind, id } = change.entity
  return (entityOf(state, kind, id)?.version ?? 0) <= change.expectedVersion
}

/** The maps behind a state, as only the reducer may change them. */
interface RegistryMaps {
  readonly patients: Map<string, Versioned<Patient>>
  readonly devices: Map<string, Versioned<Device>>
  readonly associations: Map<string, Versioned<Association>>
  readonly users: Map<string, Versioned<User>>
  readonly settings: Map<string, Versioned<Setting>>
  readonly beds: Map<string, Versioned<Bed>>
  readonly escalationChains: Map<string, Versioned<EscalationChain>>
  readonly limitProfiles: Map<string, Versioned<LimitProfileEntity>>
  readonly channels: Map<string, Versioned<Channel>>
}

/** A registry that changes in place: copying a map for each change would make loading a large registry quadratic. */
export interface RegistryReducer {
  readonly state: RegistryState
  /** Applies `change` where it follows; answers whether it did. */
  apply(change: RegistryChange): boolean
}

export function createRegistryReducer(): RegistryReducer {
  const maps: RegistryMaps = {
    patients: new Map(),
    devices: new Map(),
    associations: new Map(),
    users: new Map(),
    settings: new Map(),
    beds: new Map(),
    escalationChains: new Map(),
    limitProfiles: new Map(),
    channels: new Map(),
  }
  return {
    state: maps,
    apply: (change) => {
      if (!follows(maps, change)) return false
      put(maps, change)
      return true
    },
  }
}

function put(maps: RegistryMaps, change: RegistryChange): void {
  const { entity } = change
  const stamp = { version: change.expectedVersion + 1, at: change.at, by: change.by }
  switch (entity.kind) {
    case 'patient':
      maps.patients.set(entity.id, { ...stamp, entity })
      break
    case 'device':
      maps.devices.set(entity.id, { ...stamp, entity })
      break
    case 'association':
      maps.associations.set(entity.id, { ...stamp, entity })
      break
    case 'user':
      maps.users.set(entity.id, { ...stamp, entity })
      break
    case 'setting':
      maps.settings.set(entity.id, { ...stamp, entity })
      break
    case 'bed':
      maps.beds.set(entity.id, { ...stamp, entity })
      break
    case 'escalation-chain':
      maps.escalationChains.set(entity.id, { ...stamp, entity })
      break
    case 'limit-profile':
      maps.limitProfiles.set(entity.id, { ...stamp, entity })
      break
    case 'channel':
      maps.channels.set(entity.id, { ...stamp, entity })
      break
  }
}
