import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api/client.ts'
import { loadTape } from '../../paper/load-tape.ts'
import { EMPTY_TAPE, type Tape } from '../../paper/tape.ts'
import { useStation } from '../hooks.ts'

export interface LoadedTape {
  readonly tape: Tape
  readonly loading: boolean
  readonly problem: string
  /** The stretch is not over yet: it is loaded again when it is. */
  readonly isPartial: boolean
}

/** How long after its time the newest sample is in the store, at the most. */
const STORED_AFTER_MS = 4000

/** What is stored of a patient in `[fromMs, toMs)`: all waves, or one. */
export function useTape(patient: string, fromMs: number, toMs: number, signal?: string): LoadedTape {
  const station = useStation()
  const [loaded, setLoaded] = useState<LoadedTape & { key?: string }>({
    tape: EMPTY_TAPE,
    loading: true,
    problem: '',
    isPartial: false,
  })
  const key = `${patient} ${fromMs} ${toMs} ${signal}`
  useEffect(() => {
    let current = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async () => {
      const isPartial = station.serverNow() < toMs + STORED_AFTER_MS
      try {
        const tape = await loadTape(station.api, patient, fromMs, toMs, signal === undefined ? undefined : [signal])
        if (current) setLoaded({ tape, loading: false, problem: '', isPartial, key })
      } catch (error) {
        if (current) setLoaded({ tape: EMPTY_TAPE, loading: false, problem: messageOf(error), isPartial, key })
      }
      if (current && isPartial) timer = setTimeout(() => void load(), LOAD_AGAIN_MS)
    }
    setLoaded((before) => ({ ...before, loading: true }))
    void load()
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [station, patient, fromMs, toMs, signal])
  // Until the new stretch is there, the old one must not stand under its times.
  return loaded.key === key ? loaded : { tape: EMPTY_TAPE, loading: true, problem: '', isPartial: false }
}

const LOAD_AGAIN_MS = 2000
