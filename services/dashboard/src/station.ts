import type { Alarm, AlarmPriority } from '@pulsewire/contracts'
import { ringsAtAll } from '@pulsewire/contracts/sounding'
import { type Api, ApiError, createApi, messageOf } from './api/client.ts'
import { type LiveConnection, type LiveSocketEvents, createLiveConnection } from './live/connection.ts'
import type { LiveMessage } from './live/messages.ts'
import { proofAge } from './live/proof.ts'
import { createReceipts } from './live/receipts.ts'
import { type WardAction, reduceWard } from './live/reducer.ts'
import { EMPTY_WARD, type WardState } from './live/state.ts'
import { type Store, createStore } from './live/store.ts'
import { type AlarmPlayer, createAlarmPlayer } from './sound/player.ts'
import { QUIET, type RingState, pausedUntil, ringStep, ringingNow } from './sound/ringing.ts'
import { type SweepBoard, createSweepBoard } from './waves/sweep-board.ts'
import { type WaveSheet, createWaveSheet } from './waves/sheet/sheet.ts'
import { type WaveStore, createWaveStore } from './waves/wave-store.ts'

/** How long `p` silences. */
export const PAUSE_MS = 120_000

/** The close code with which the server ends a session. */
const SESSION_ENDED = 4401

/** How long until this screen says again what the server could not take. */
const RECEIPT_AGAIN_MS = 10_000

/** A screen's working parts, wired. */
export interface Station {
  readonly api: Api
  readonly store: Store<WardState, WardAction>
  readonly waves: WaveStore
  /** The moving canvases of a patient's page. */
  readonly board: SweepBoard
  /** The waves of the ward. */
  readonly sheet: WaveSheet
  readonly player: AlarmPlayer
  /** The server's time by this screen's clock. */
  serverNow(): number
  /** Starts to listen; the session's cookie must be there. */
  start(): void
  stop(): void
  signOut(): Promise<void>
  /** While this is under way the session is being replaced by another: the end of the old one signs nobody out. */
  renewing<T>(work: Promise<T>): Promise<T>
  acknowledge(alarm: Alarm): Promise<void>
  /** What rings now, and until when (server time, ms) what could ring is paused; 0 where nothing is. */
  sound(): { ringing: AlarmPriority | undefined; pausedUntil: number }
  /** Pauses the sound of everything that rings now, for two minutes. */
  pauseSound(): Promise<void>
  /** Fetches patients and alarms again. */
  reload(): Promise<void>
  /** Hears every live message, after the ward's state has taken it in: for a page that shows more of one patient than the ward keeps. */
  onLive(listener: (message: LiveMessage) => void): () => void
  /** Says something that went wrong to whoever shows notices. */
  onNotice(listener: (text: string) => void): () => void
  notice(text: string): void
}

export function createStation(): Station {
  const api = createApi()
  const store = createStore(reduceWard, EMPTY_WARD)
  const waves = createWaveStore()
  const serverNow = () => Date.now() + store.state().connection.clockOffsetMs
  const board = createSweepBoard(waves, serverNow)
  const sheet = createWaveSheet()
  const player = createAlarmPlayer()
  const ticks = new Worker(new URL('./tick-worker.ts', import.meta.url), { type: 'module' })
  const liveListeners = new Set<(message: LiveMessage) => void>()
  const receipts = createReceipts()
  const noticeListeners = new Set<(text: string) => void>()
  let connection: LiveConnection | undefined
  let renewal: Promise<unknown> = Promise.resolve()
  let ring: RingState = QUIET
  let blindPausedUntil = 0
  let registrySeen = 0

  const notice = (text: string) => {
    for (const listener of noticeListeners) listener(text)
  }

  const signedOut = () => {
    connection?.close()
    connection = undefined
    waves.forget()
    sheet.forget()
    store.dispatch({ kind: 'signed-out' })
  }

  const reload = async () => {
    try {
      const startedAt = store.state().heard
      const [{ patients }, { alarms }] = await Promise.all([
        api.call('GET /patients'),
        api.call('GET /alarms', { query: { state: 'active,acknowledged,latched' } }),
      ])
      store.dispatch({ kind: 'patients-loaded', patients })
      store.dispatch({ kind: 'alarms-loaded', alarms, startedAt })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) signedOut()
      else notice(`The list of patients could not be loaded: ${messageOf(error)}`)
    }
  }

  /** Whether there is a session still, or another one instead. */
  const hasSession = async () => {
    try {
      await renewal
      await api.call('GET /session')
      return true
    } catch (error) {
      return !(error instanceof ApiError && error.status === 401)
    }
  }

  const openLive = (since: string | undefined, events: LiveSocketEvents) => {
    const url = new URL('/api/v1/live', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    if (since !== undefined) url.searchParams.set('since', since)
    const socket = new WebSocket(url)
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') events.text(event.data)
    })
    socket.addEventListener('close', (event) => {
      if (event.code !== SESSION_ENDED) return events.closed()
      void hasSession().then((stays) => (stays ? events.closed() : signedOut()))
    })
    return socket
  }

  const ringInput = () => {
    const state = store.state()
    return {
      alarms: [...state.alarms.values()].map((entry) => entry.alarm),
      blind:
        connection !== undefined &&
        (state.connection.phase === 'lost' || !state.system.ok || proofAge(state, serverNow())?.isOld === true),
      blindPausedUntil,
    }
  }

  /** Tells the server which alarms this screen showed: after a frame in which they were drawn, or that it is hidden. */
  const sayWhatIsShown = () => {
    if (connection?.isHeard() !== true) return
    const { alarms } = ringInput()
    const send = (visible: boolean) => {
      const receipt = receipts.due(alarms, { visible, sound: player.mayRing() ? 'on' : 'off' })
      if (receipt !== undefined && connection?.isHeard() === true) connection.send(receipt)
    }
    if (document.visibilityState !== 'visible') send(false)
    else requestAnimationFrame(() => setTimeout(() => send(document.visibilityState === 'visible')))
  }

  const ringAsItIs = () => {
    const step = ringStep(ring, connection ? ringingNow(ringInput(), serverNow()).priority : undefined, Date.now())
    ring = step.state
    if (step.action === 'start') player.play(step.priority)
    if (step.action === 'stop') player.stop()
  }

  const tick = () => {
    connection?.check()
    sayWhatIsShown()
    player.check(Date.now())
    const { phase, clockOffsetMs } = store.state().connection
    board.freeze(phase !== 'live')
    sheet.state(clockOffsetMs, phase !== 'live')
    ringAsItIs()
  }
  ticks.addEventListener('message', tick)

  return {
    api,
    store,
    waves,
    board,
    sheet,
    player,
    serverNow,
    reload,
    notice,
    start() {
      connection ??= createLiveConnection({
        open: openLive,
        now: () => Date.now(),
        onSilence: () => store.dispatch({ kind: 'silence' }),
        onRefused: () => void reload(),
        onMessage: (message, at) => {
          if (message.type === 'waveform') {
            waves.add(message)
            if (message.patient !== undefined) sheet.add(message, waves.signals(message.patient))
          }
          store.dispatch({ kind: 'message', message, at })
          // No alarm waits for the next tick.
          if (message.type === 'alarm') ringAsItIs()
          for (const listener of liveListeners) listener(message)
          if (message.type === 'hello') receipts.forget()
          // What was not taken (the log was away) is said again, not at once.
          if (message.type === 'problem') setTimeout(() => receipts.forget(), RECEIPT_AGAIN_MS)
          const { registry } = store.state()
          if (message.type === 'hello' || registry !== registrySeen || (message.type === 'status' && message.dropped)) {
            registrySeen = registry
            void reload()
          }
        },
      })
    },
    stop: signedOut,
    async signOut() {
      try {
        await api.call('DELETE /session')
      } catch (error) {
        notice(messageOf(error))
      }
      signedOut()
    },
    renewing(work) {
      // Whether it went well is for who asked: here it matters that it is over.
      renewal = work.catch(() => undefined)
      return work
    },
    async acknowledge(alarm) {
      try {
        await api.call('POST /alarms/{id}/acknowledge', { path: { id: alarm.id }, body: {} })
      } catch (error) {
        notice(`Not acknowledged: ${messageOf(error)}`)
      }
    },
    sound() {
      const input = ringInput()
      return { ringing: ringingNow(input, serverNow()).priority, pausedUntil: pausedUntil(input, serverNow()) }
    },
    async pauseSound() {
      const input = ringInput()
      if (input.blind) blindPausedUntil = serverNow() + PAUSE_MS
      const { alarms } = ringingNow(input, serverNow())
      const body = { seconds: PAUSE_MS / 1000 }
      const results = await Promise.allSettled(
        alarms.filter(ringsAtAll).map((alarm) => api.call('POST /alarms/{id}/pause', { path: { id: alarm.id }, body })),
      )
      const failed = results.find((result) => result.status === 'rejected')
      if (failed) notice(`The sound could not be paused: ${messageOf(failed.reason)}`)
    },
    onLive(listener) {
      liveListeners.add(listener)
      return () => liveListeners.delete(listener)
    },
    onNotice(listener) {
      noticeListeners.add(listener)
      return () => noticeListeners.delete(listener)
    },
  }
}
