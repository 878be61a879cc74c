/** A promise that is resolved from outside. */
export interface Signal {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

export function createSignal(): Signal {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
