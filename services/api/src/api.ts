import type { EventLog } from '@pulsewire/event-log'
import { openRegistryView, type RegistryView } from '@pulsewire/registry'
import type { Health, Logger, Metrics, Operation, Probes, Running } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import type { FastifyInstance } from 'fastify'
import { createAudit } from './audit.ts'
import { ensureFirstUser, sessionKey } from './auth/installation.ts'
import { createSessions } from './auth/sessions.ts'
import type { ApiContext, Listeners } from './context.ts'
import { openApiDocument } from './http/openapi.ts'
import { API_ROOT, registerRoutes } from './http/register.ts'
import type { Route } from './http/route.ts'
import { createServer } from './http/server.ts'
import { serveStaticFiles } from './http/static-files.ts'
import { startLiveHub, type LiveHub } from './live/hub.ts'
import { liveDescription, registerLive } from './live/live-route.ts'
import { LIVE_TOPICS } from './live/position.ts'
import { watchQuarantine } from './live/quarantine-watch.ts'
import { createLiveSockets } from './live/sockets.ts'
import { accountingRoutes } from './routes/accounting-routes.ts'
import { alarmRoutes } from './routes/alarm-routes.ts'
import { auditRoutes } from './routes/audit-routes.ts'
import { bedRoutes } from './routes/bed-routes.ts'
import { escalationRoutes } from './routes/escalation-routes.ts'
import { limitProfileRoutes } from './routes/limit-profile-routes.ts'
import { stationRoutes } from './routes/station-routes.ts'
import { annotationRoutes } from './routes/annotation-routes.ts'
import { channelRoutes } from './routes/channel-routes.ts'
import { deliveryRoutes } from './routes/delivery-routes.ts'
import { deviceRoutes } from './routes/device-routes.ts'
import { eventRoutes } from './routes/event-routes.ts'
import { findingRoutes } from './routes/finding-routes.ts'
import { registerOperation } from './routes/operation-routes.ts'
import { handOverRoutes } from './routes/hand-over-routes.ts'
import { patientRoutes } from './routes/patient-routes.ts'
import { pushRoutes } from './routes/push-routes.ts'
import { reportRoutes } from './routes/report-routes.ts'
import { sessionRoutes } from './routes/session-routes.ts'
import { proofRoutes } from './routes/proof-routes.ts'
import { responsibilityRoutes } from './routes/responsibility-routes.ts'
import { staffRoutes } from './routes/staff-routes.ts'
import { userRoutes } from './routes/user-routes.ts'
import { vitalsRoutes } from './routes/vitals-routes.ts'
import { wardReportRoutes } from './routes/ward-report-routes.ts'
import { waveformRoutes } from './routes/waveform-routes.ts'
import { createProbe } from './views/probe.ts'
import { liveStart, seedAlarms, seedReports, seedViews } from './views/seed.ts'
import { createViews } from './views/views.ts'

export interface ApiDeps {
  readonly log: EventLog
  readonly store: VitalsStore
  /** A view of the registry to share; else the API opens (and closes) one of its own. */
  readonly registry?: RegistryView
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

export interface ApiOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** Of the user `admin`, where there is no user yet. Default: made up. */
  readonly adminPassword?: string
  /** The dashboard's built files. */
  readonly staticDirectory?: string
  /** Cookies over TLS only: behind a proxy that ends TLS. */
  readonly secureCookies?: boolean
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed. Default none. */
  readonly trustProxy?: readonly string[]
  /** Default 12 h. */
  readonly sessionLifetimeMs?: number
  /** Tries a minute, by address and user. Default 30. */
  readonly signInsPerMinute?: number
  /** A connection on which nothing moves for so long is closed, also in the middle of an answer. Default 60 s. */
  readonly stalledAfterMs?: number
  /** How long an acknowledgement waits for the alarm manager. Default 5 s. */
  readonly effectWithinMs?: number
  /** What a live socket may hold back before messages are left out. Default 1 MB. */
  readonly maxBufferedBytes?: number
  /** How many records a live socket may be behind and still get them all. Default 50,000. */
  readonly maxReplayRecords?: number
  /** Live sockets that one user may have open. Default 200. */
  readonly maxSocketsPerUser?: number
  /** What `/healthz`, `/readyz` and `/metrics` cover besides, where the API is one of several processes of a station. */
  readonly station?: Operation & { listeners?(): Promise<Omit<Listeners, 'host'>> }
  /** Checks each JSON answer against its schema; for tests. */
  readonly validateAnswers?: boolean
}

export interface RunningApi extends Running {
  readonly port: number
  /** The password of `admin`, where this start made it up. It is kept nowhere: print it once. */
  readonly generatedAdminPassword?: string
  /** What `/readyz` asks. */
  readonly probes: Probes
}

const DEFAULT_SESSION_MS = 12 * 3_600_000
const DEFAULT_SIGN_INS_PER_MINUTE = 30
const DEFAULT_STALLED_MS = 60_000
const DEFAULT_EFFECT_MS = 5_000
const DEFAULT_BUFFERED_BYTES = 1024 * 1024
const DEFAULT_REPLAY_RECORDS = 50_000
const DEFAULT_SOCKETS_PER_USER = 200
const PROBE_EVERY_MS = 5_000
/** How long the start waits until the views have read what the log held. */
const CAUGHT_UP_WITHIN_MS = 60_000

/** Starts the HTTP API with its live WebSocket. It answers when the views hold what the log held at the start. */
export async function startApi(deps: ApiDeps, options: ApiOptions): Promise<RunningApi> {
  const { log, store, logger, metrics, now = Date.now } = deps
  const { secureCookies = false } = options
  const registry =
    deps.registry ??
    (await openRegistryView(log, { now, onError: (error) => logger.error({ err: error }, 'registry') }))
  await registry.catchUp()
  const generatedAdminPassword = await ensureFirstUser(registry, options.adminPassword)
  const sessions = createSessions({
    view: registry,
    key: await sessionKey(registry),
    now,
    lifetimeMs: options.sessionLifetimeMs ?? DEFAULT_SESSION_MS,
  })

  const partitionCount = (await log.ends('telemetry')).length
  const views = createViews(partitionCount)
  const alarmsFrom = await seedAlarms({ log, views, logger })
  const from = await liveStart({ log, store, logger, now, alarmsFrom })
  await seedViews({ store, registry, views, logger, now })
  await seedReports({ log, views, logger, now })
  const hub = await startLiveHub({ log, views, logger, metrics, from })
  await waitUntilCaughtUp(log, hub, logger)

  const quarantine = await watchQuarantine({
    log,
    trouble: views.trouble,
    logger,
    broadcast: (text) => hub.broadcast(text),
  })

  const probe = createProbe({ log, view: registry, store, now })
  let health: Health = { ok: true, detail: 'started' }
  const probeOnce = async (): Promise<void> => {
    const { ok, ...parts } = await probe()
    const detail = problemsOf(parts)
    views.system.probed(ok ? undefined : { message: messageOf(parts), detail })
    health = { ok, detail: ok ? 'ok' : detail }
  }
  await probeOnce()
  const probing = setInterval(() => void probeOnce(), PROBE_EVERY_MS)

  const sockets = createLiveSockets({
    log,
    hub,
    views,
    registry,
    sessions,
    logger,
    metrics,
    now,
    partitionCount,
    maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_BUFFERED_BYTES,
    maxReplayRecords: options.maxReplayRecords ?? DEFAULT_REPLAY_RECORDS,
    maxSocketsPerUser: options.maxSocketsPerUser ?? DEFAULT_SOCKETS_PER_USER,
  })
  const context: ApiContext = {
    log,
    store,
    registry,
    views,
    sessions,
    audit: createAudit(log),
    logger,
    listeners: async () => ({ host: options.host, ...(await options.station?.listeners?.()) }),
    now,
    effectWithinMs: options.effectWithinMs ?? DEFAULT_EFFECT_MS,
    secureCookies,
    signInsPerMinute: options.signInsPerMinute ?? DEFAULT_SIGN_INS_PER_MINUTE,
  }
  const app = await createServer({
    logger,
    metrics,
    secureCookies,
    trustProxy: options.trustProxy ?? [],
    stalledAfterMs: options.stalledAfterMs ?? DEFAULT_STALLED_MS,
  })
  const routes = allRoutes(context, app)
  registerRoutes(app, routes, {
    sessions,
    audit: context.audit,
    now,
    validateAnswers: options.validateAnswers ?? false,
  })
  registerLive(app, { sessions, sockets, partitionCount })
  registerOperation(app, {
    metrics,
    station: options.station,
    probe,
    openApi: openApiDocument([...routes, liveDescription], API_ROOT),
    apiRoot: API_ROOT,
  })
  await serveStaticFiles(app, options.staticDirectory)

  const stop = async (): Promise<void> => {
    clearInterval(probing)
    sockets.stop()
    await app.close()
    await Promise.all([hub.stop(), quarantine.stop()])
    if (deps.registry === undefined) await registry.close()
  }
  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    await stop()
    throw error
  }
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    ...(generatedAdminPassword === undefined ? {} : { generatedAdminPassword }),
    stop,
    health: () => health,
    probes: {
      api: async () => {
        const { ok, ...parts } = await probe()
        if (!ok) throw new Error(problemsOf(parts))
      },
    },
  }
}

/** What it means at the bedside. Without the log nothing arrives, whatever else is wrong. */
function messageOf({ log, registry }: { readonly log: string; readonly registry: string }): string {
  if (log !== 'ok') return 'No new data arrives: watch the patients'
  if (registry !== 'ok') return 'Changes of patients and devices may be missing'
  return 'The history is not being kept: what is live goes on'
}

function problemsOf(parts: Readonly<Record<string, string>>): string {
  const problems = Object.entries(parts).filter(([, says]) => says !== 'ok')
  return problems.map(([part, says]) => `${part}: ${says}`).join('; ')
}

function allRoutes(context: ApiContext, app: FastifyInstance): Route[] {
  return [
    ...sessionRoutes(context, app),
    ...patientRoutes(context),
    ...staffRoutes(context),
    ...annotationRoutes(context),
    ...eventRoutes(context),
    ...responsibilityRoutes(context),
    ...deviceRoutes(context),
    ...userRoutes(context),
    ...vitalsRoutes(context),
    ...waveformRoutes(context),
    ...findingRoutes(context),
    ...alarmRoutes(context),
    ...channelRoutes(context),
    ...pushRoutes(context),
    ...deliveryRoutes(context),
    ...reportRoutes(context),
    ...handOverRoutes(context),
    ...wardReportRoutes(context),
    ...accountingRoutes(context),
    ...proofRoutes(context),
    ...bedRoutes(context),
    ...escalationRoutes(context),
    ...limitProfileRoutes(context),
    ...auditRoutes(context),
    ...stationRoutes(context),
  ]
}

async function waitUntilCaughtUp(log: EventLog, hub: LiveHub, logger: Logger): Promise<void> {
  const ends = (await Promise.all(LIVE_TOPICS.map((topic) => log.ends(topic)))).flat()
  const positions = ends.map(({ topic, partition, next }) => ({ topic, partition, offset: next }))
  if (!(await hub.reached(positions, CAUGHT_UP_WITHIN_MS))) logger.warn('the views have not caught up yet')
}
