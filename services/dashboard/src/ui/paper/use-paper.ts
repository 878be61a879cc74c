import { useMemo } from 'preact/hooks'
import { type PaperLayout, layoutOf } from '../../paper/layout.ts'
import { byConvention } from '../../paper/order.ts'
import type { PaperScale } from '../../paper/scale.ts'
import type { Tape } from '../../paper/tape.ts'

/** The paper of a tape: its waves in the order of convention, those that are hidden left out. */
export function usePaper(
  tape: Tape,
  fromMs: number,
  toMs: number,
  scale: PaperScale,
  hidden: ReadonlySet<string>,
): { readonly layout: PaperLayout; readonly signals: readonly string[] } {
  return useMemo(() => {
    const waves = [...tape.waves].sort((a, b) => byConvention(a.signal, b.signal))
    const shown = waves.filter(({ signal }) => !hidden.has(signal))
    return { layout: layoutOf(shown, fromMs, toMs, scale), signals: [...new Set(waves.map(({ signal }) => signal))] }
  }, [tape, fromMs, toMs, scale, hidden])
}
