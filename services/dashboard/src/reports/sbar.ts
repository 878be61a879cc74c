/** A note for the next shift in the form that wards know: situation, background, assessment, recommendation. */
export interface Sbar {
  readonly situation: string
  readonly background: string
  readonly assessment: string
  readonly recommendation: string
}

export const SBAR_PARTS = [
  ['situation', 'Situation', 'What is going on now'],
  ['background', 'Background', 'What led to it'],
  ['assessment', 'Assessment', 'What you think of it'],
  ['recommendation', 'Recommendation', 'What to do, and by when'],
] as const satisfies readonly (readonly [keyof Sbar, string, string])[]

export const NO_SBAR: Sbar = { situation: '', background: '', assessment: '', recommendation: '' }
/** The longest note that the server keeps. */
export const LONGEST_NOTE = 2000

/** The note as it is kept: a line a part, `S: …`; nothing where nothing is said. */
export function sbarText(sbar: Sbar): string {
  return SBAR_PARTS.flatMap(([part, label]) => {
    const text = sbar[part].trim()
    return text === '' ? [] : [`${label.charAt(0)}: ${text}`]
  }).join('\n')
}

/** The parts of a note that was kept so; another text is all situation. */
export function readSbar(note: string): Sbar {
  const found: Record<keyof Sbar, string[]> = { situation: [], background: [], assessment: [], recommendation: [] }
  let current: keyof Sbar = 'situation'
  let next = 0
  for (const line of note.split('\n')) {
    // Each part begins once, in order: an `S: ` within a text stays a text.
    const index = SBAR_PARTS.findIndex(([, label], place) => place >= next && line.startsWith(`${label.charAt(0)}: `))
    const part = SBAR_PARTS[index]
    if (part === undefined) found[current].push(line)
    else {
      ;[current] = part
      next = index + 1
      found[current].push(line.slice(3))
    }
  }
  return {
    situation: found.situation.join('\n'),
    background: found.background.join('\n'),
    assessment: found.assessment.join('\n'),
    recommendation: found.recommendation.join('\n'),
  }
}
