/** What can be asked whether it works: each resolves, or rejects with what is wrong. */
export type Probes = Readonly<Record<string, () => unknown>>

/** `ok`, or what is wrong, for each part. */
export interface Readiness {
  readonly ok: boolean
  readonly parts: Readonly<Record<string, string>>
}

export const PROBE_WITHIN_MS = 2_000

/** Asks all parts at once, each within two seconds. */
export async function askProbes(probes: Probes, withinMs = PROBE_WITHIN_MS): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(probes).map(async ([part, probe]) => [part, await answerOf(probe, withinMs)] as const),
  )
  return { ok: answers.every(([, says]) => says === 'ok'), parts: Object.fromEntries(answers) }
}

/** A probe of what a part says of itself. */
export function healthProbe(part: { health(): { readonly ok: boolean; readonly detail: string } }): () => void {
  return () => {
    const { ok, detail } = part.health()
    if (!ok) throw new Error(detail)
  }
}

async function answerOf(probe: () => unknown, withinMs: number): Promise<string> {
  try {
    await within(Promise.resolve().then(probe), withinMs)
    return 'ok'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What `asked` gives, or an error once `withinMs` are over. */
export async function within<T>(asked: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
