/**
 * The metrics of several processes as one text: each sample gets the label `process`, and the samples of one metric stand together
 * under one header, as Prometheus' format wants it.
 */
export function mergeMetrics(texts: Readonly<Record<string, string>>): string {
  const families = new Map<string, { header: string[]; samples: string[] }>()
  for (const [process, text] of Object.entries(texts)) {
    let family: { header: string[]; samples: string[] } = { header: [], samples: [] }
    for (const line of text.split('\n')) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (kind === undefined || name === undefined) {
        if (line !== '' && !line.startsWith('#')) family.samples.push(withProcess(line, process))
        continue
      }
      family = families.get(name) ?? { header: [], samples: [] }
      families.set(name, family)
      if (!family.header.some((known) => known.startsWith(`# ${kind} `))) family.header.push(line)
    }
  }
  return `${[...families.values()].flatMap(({ header, samples }) => [...header, ...samples]).join('\n')}\n`
}

/** `name{a="b"} 1` or `name 1` with one label more. */
function withProcess(sample: string, process: string): string {
  const label = `process=${JSON.stringify(process)}`
  const name = /^[A-Za-z_:][\w:]*/.exec(sample)?.[0] ?? ''
  const rest = sample.slice(name.length)
  return rest.startsWith('{') ? `${name}{${label},${rest.slice(1)}` : `${name}{${label}}${rest}`
}
