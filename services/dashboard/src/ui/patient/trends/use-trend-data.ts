import { useEffect, useRef, useState } from 'preact/hooks'
import { messageOf, range } from '../../../api/client.ts'
import { type TrendStore, createTrendStore } from '../../../trend/trend-store.ts'
import type { TrendRange } from '../../../trend/view.ts'
import { hasBand } from '../../../trend/windows.ts'
import { useStation } from '../../hooks.ts'

export interface TrendData {
  readonly store: TrendStore
  readonly windowMs: number
  /** Moves when the store has changed. */
  readonly version: number
  readonly problem: string
  readonly isLoading: boolean
  readonly again: () => void
}

/** Live values are drawn together, ms. */
const DRAW_EVERY_MS = 500

/**
 * The windows of a range: asked of the store when the range or the width of the windows changes, carried on by what comes live. While another
 * range is on its way, what was shown stays.
 */
export function useTrendData(patient: string, codes: readonly string[], view: TrendRange, windowMs: number): TrendData {
  const station = useStation()
  const [shown, setShown] = useState(() => ({ store: createTrendStore(codes, windowMs), windowMs }))
  const [version, setVersion] = useState(0)
  const [problem, setProblem] = useState('')
  const [isLoading, setLoading] = useState(true)
  const [asked, setAsked] = useState(0)
  const stores = useRef<readonly TrendStore[]>([shown.store])
  // A range that follows the clock is asked for once: what comes then comes live.
  const place = view.follows ? `last ${Math.round(view.to - view.from)}` : `${view.from} ${view.to}`
  const key = `${patient} ${codes.join()} ${windowMs} ${place} ${asked}`

  useEffect(() => {
    let isCurrent = true
    const next = createTrendStore(codes, windowMs)
    stores.current = [shown.store, next]
    setLoading(true)
    loadInto(next).then(
      () => {
        if (!isCurrent) return
        stores.current = [next]
        setShown({ store: next, windowMs })
        setProblem('')
        setLoading(false)
      },
      (error: unknown) => {
        if (!isCurrent) return
        setProblem(messageOf(error))
        setLoading(false)
      },
    )
    return () => {
      isCurrent = false
    }
  }, [key])

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = station.onLive((message) => {
      const isHole = (message.type === 'hello' && !message.resumed) || (message.type === 'status' && message.dropped)
      if (isHole) setAsked((count) => count + 1)
      if (message.type !== 'vitals' || message.patient !== patient) return
      for (const [code, value] of Object.entries(message.vitals)) {
        if (typeof value !== 'number') continue
        for (const store of stores.current) store.add(code, message.time, value)
      }
      timer ??= setTimeout(() => {
        timer = undefined
        setVersion((count) => count + 1)
      }, DRAW_EVERY_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [station, patient])

  async function loadInto(store: TrendStore): Promise<void> {
    if (codes.length === 0) return
    const ask = async (fn: 'mean' | 'min' | 'max') => {
      const { series } = await station.api.call('GET /patients/{id}/vitals', {
        path: { id: patient },
        query: { codes: codes.join(','), ...range(view.from, view.to), every: `${windowMs}ms`, fn },
      })
      return series
    }
    const [mean, low, high] = await Promise.all([
      ask('mean'),
      ...(hasBand(windowMs) ? ([ask('min'), ask('max')] as const) : []),
    ])
    for (const code of codes) {
      store.load(code, {
        mean: mean?.[code]?.points ?? [],
        low: low?.[code]?.points ?? [],
        high: high?.[code]?.points ?? [],
      })
    }
  }

  return { ...shown, version, problem, isLoading, again: () => setAsked((count) => count + 1) }
}
