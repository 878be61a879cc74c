import type { LogPosition } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import type { RegistryView } from '@pulsewire/registry'
import type { Logger, Metrics } from '@pulsewire/runtime'
import type { WebSocket } from 'ws'
import type { Session, Sessions } from '../auth/sessions.ts'
import type { Views } from '../views/views.ts'
import { createLiveClient, type LiveClient } from './client.ts'
import type { LiveHub } from './hub.ts'
import { alarmAsItStands, systemText } from './messages.ts'
import { LIVE_TOPICS, parseToken, recordsBetween } from './position.ts'
import { replay } from './replay.ts'
import { createScreenReceipts } from './screen-receipts.ts'

const SECOND_MS = 1_000
const RECOVER_EVERY_MS = 100
const PING_EVERY_MS = 15_000
/** Registry changes within it are told as one. */
const REGISTRY_QUIET_MS = 50
/** Clocks of the processes differ a little. */
const ENDED_MARGIN_MS = 60_000
/** Where nobody knows since when a socket has missed messages. */
const LONG_AGO_MS = 24 * 3_600_000
/** A token may come from another API that is a little ahead of this one. */
const AHEAD_WITHIN_MS = 3_000

export interface LiveQuery {
  readonly patients?: readonly string[] | undefined
  readonly signals?: readonly string[] | undefined
  readonly since?: string | undefined
}

/** The live sockets of this API: what happens to each beside the stream itself. */
export interface LiveSockets {
  open(socket: WebSocket, session: Session, query: LiveQuery): void
  /** Whether `user` may have another: one account, stolen or in a loop, must not take the sockets of all. */
  hasRoomFor(user: string): boolean
  stop(): void
}

export function createLiveSockets(deps: {
  readonly log: EventLog
  readonly hub: LiveHub
  readonly views: Views
  readonly registry: RegistryView
  readonly sessions: Sessions
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
  readonly partitionCount: number
  readonly maxBufferedBytes: number
  /** Who is further behind gets the newest at once: a screen that was asleep for hours must not show them all first. */
  readonly maxReplayRecords: number
  readonly maxSocketsPerUser: number
}): LiveSockets {
  const { log, hub, views, registry, sessions, logger, metrics, now, partitionCount } = deps
  const { maxBufferedBytes, maxReplayRecords } = deps
  const openOf = new Map<string, number>()

  const endLostSessions = (): void => {
    for (const client of hub.clients) if (!sessions.holds(client.session)) client.close('sessionEnded')
  }
  /**
   * Who missed messages is told how many, and gets the alarms as they stand, with those that ended meanwhile: none is lost on it, and
   * none stays on its screen.
   */
  const tellLoss = (client: LiveClient, dropped: number, since: number): void => {
    if (dropped > 0) tell(client, { type: 'status', dropped })
    tell(client, { type: 'status', registry: true })
    const position = hub.vector.token()
    const ended = views.alarms.recentlyEnded().filter(({ endedAt = 0 }) => endedAt >= since - ENDED_MARGIN_MS)
    for (const alarm of [...ended, ...views.alarms.current()]) {
      const message = alarmAsItStands(alarm, now())
      if (client.wants(message)) client.deliver(Buffer.from(message.text(position)))
    }
  }
  const recover = (client: LiveClient): void => {
    const loss = client.recovered()
    if (loss === undefined) return
    metrics.errors.inc({ code: 'live-too-slow' }, loss.dropped)
    tellLoss(client, loss.dropped, loss.since)
  }

  let registryTimer: NodeJS.Timeout | undefined
  const unsubscribe = registry.onChange(({ entity }) => {
    if (entity.kind === 'user' || entity.kind === 'setting') return endLostSessions()
    registryTimer ??= setTimeout(() => {
      registryTimer = undefined
      hub.broadcast(JSON.stringify({ type: 'status', registry: true }))
    }, REGISTRY_QUIET_MS)
  })
  const timers = [
    setInterval(() => {
      endLostSessions()
      hub.broadcast(systemText(views.system.status(now()), now()))
      metrics.queue.set({ name: 'live-sockets' }, hub.clients.size)
    }, SECOND_MS),
    setInterval(() => {
      for (const client of hub.clients) recover(client)
    }, RECOVER_EVERY_MS),
    setInterval(() => {
      for (const client of hub.clients) if (!client.ping()) client.terminate()
    }, PING_EVERY_MS),
  ]

  /** False for a token of a log that began anew: the client is told, and starts at the newest. */
  const reachable = async (positions: readonly LogPosition[]): Promise<boolean> => {
    const ends = (await Promise.all(LIVE_TOPICS.map((topic) => log.ends(topic)))).flat()
    const beyond = positions.some(({ topic, partition, offset }) =>
      ends.some((end) => end.topic === topic && end.partition === partition && end.next < offset),
    )
    return !beyond && hub.reached(positions, AHEAD_WITHIN_MS)
  }

  const start = async (client: LiveClient, since: string | undefined): Promise<void> => {
    const parsed = since === undefined ? undefined : parseToken(since, partitionCount)
    const known = parsed !== undefined && (await reachable(parsed.vector.positions()))
    if (!client.isOpen()) return
    hub.add(client)
    const behind = known ? recordsBetween(parsed.vector, hub.vector) : 0
    const resumed = known && behind <= maxReplayRecords
    const { user, roles } = client.session
    const position = resumed && since !== undefined ? since : hub.vector.token()
    tell(client, { type: 'hello', serverTime: now(), position, user, roles, resumed })
    client.deliver(Buffer.from(systemText(views.system.status(now()), now())))
    if (!resumed) {
      hub.join(client)
      if (parsed !== undefined) tellLoss(client, behind, now() - LONG_AGO_MS)
      return
    }
    const gone = await replay(log, hub, client, parsed)
    if (gone === undefined) client.terminate()
    else if (gone > 0) tellLoss(client, gone, now() - LONG_AGO_MS)
    else tell(client, { type: 'status', registry: true })
  }

  return {
    open: (socket, session, { patients, signals, since }) => {
      const client = createLiveClient({
        socket,
        session,
        patients: patients === undefined ? undefined : new Set(patients),
        signals: signals === undefined ? undefined : new Set(signals),
        maxBufferedBytes,
      })
      const { user } = session
      const receipts = createScreenReceipts({ log, alarms: views.alarms, user, logger, metrics, now })
      socket.on('message', (data: Buffer) => {
        void receipts.take(data.toString()).then((problem) => {
          if (problem !== undefined && client.isOpen()) tell(client, { type: 'problem', ...problem })
        })
      })
      openOf.set(user, (openOf.get(user) ?? 0) + 1)
      socket.on('close', () => {
        hub.leave(client)
        const left = (openOf.get(user) ?? 1) - 1
        if (left > 0) openOf.set(user, left)
        else openOf.delete(user)
      })
      socket.on('error', (error) => logger.debug({ err: error }, 'live socket'))
      start(client, since).catch((error: unknown) => {
        logger.error({ err: error }, 'live socket')
        client.close('failed')
      })
    },
    hasRoomFor: (user) => (openOf.get(user) ?? 0) < deps.maxSocketsPerUser,
    stop: () => {
      unsubscribe()
      clearTimeout(registryTimer)
      for (const timer of timers) clearInterval(timer)
      for (const client of hub.clients) client.close('stopping')
    },
  }
}

function tell(client: LiveClient, message: Record<string, unknown>): void {
  client.deliver(Buffer.from(JSON.stringify(message)))
}
