/**
 * The part of the metadata reflection API that tsyringe (within @peculiar/x509) asks for at load: values kept by object and key.
 * To be imported before it.
 */
type Key = string | symbol

const values = new WeakMap<object, Map<Key, unknown>>()

function ownMetadata(key: Key, target: object): unknown {
  return values.get(target)?.get(key)
}

function defineMetadata(key: Key, value: unknown, target: object): void {
  const own = values.get(target) ?? new Map<Key, unknown>()
  own.set(key, value)
  values.set(target, own)
}

function inheritedMetadata(key: Key, target: object): unknown {
  for (let holder: object | null = target; holder !== null; holder = prototypeOf(holder)) {
    if (values.get(holder)?.has(key) === true) return ownMetadata(key, holder)
  }
  return undefined
}

function prototypeOf(holder: object): object | null {
  const prototype: unknown = Object.getPrototypeOf(holder)
  return (typeof prototype === 'object' || typeof prototype === 'function') && prototype !== null ? prototype : null
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    defineMetadata,
    getOwnMetadata: ownMetadata,
    getMetadata: inheritedMetadata,
    metadata: (key: Key, value: unknown) => (target: object) => defineMetadata(key, value, target),
  })
}
