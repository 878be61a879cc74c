/** Something that collects what it has to write. */
export interface Collector {
  /** Writes it. */
  flush(): void
}

/**
 * Calls `flush` of each collector that is named in a turn of the event loop once, at the end of it: what one commit makes durable is
 * acknowledged with a write a socket, and one call of the event loop for all of them.
 */
export function createTurnEnd(): (collector: Collector) => void {
  let collectors: Collector[] = []
  const flushAll = (): void => {
    const named = collectors
    collectors = []
    for (const collector of named) collector.flush()
  }
  return (collector) => {
    if (collectors.push(collector) === 1) process.nextTick(flushAll)
  }
}
