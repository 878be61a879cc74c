import '@fastify/websocket' // adds wsHandler to a route's type
import { ID_PATTERN, PulsewireError, SIGNAL_PATTERN } from '@pulsewire/contracts'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { allows } from '../auth/access.ts'
import { originOf } from '../auth/same-origin.ts'
import type { Session, Sessions } from '../auth/sessions.ts'
import { listOf } from '../http/instants.ts'
import { RequestInvalid } from '../http/problem.ts'
import { API_ROOT, credentialOf } from '../http/register.ts'
import { parseInput, route, type Route } from '../http/route.ts'
import { liveMessage } from './live-schema.ts'
import { parseToken } from './position.ts'
import type { LiveSockets } from './sockets.ts'

const PERMISSION = 'read-ward'

const liveQuery = z.strictObject({
  patients: listOf(z.string().regex(ID_PATTERN)).optional(),
  signals: listOf(z.string().regex(SIGNAL_PATTERN))
    .optional()
    .describe('only these signals of waveforms; empty = none'),
  since: z.string().max(10_000).optional().describe('the `position` of the last message: goes on right after it'),
  token: z.string().max(4_000).optional().describe('the bearer token, where a header cannot be set'),
})

/** As it stands in the OpenAPI document, and as it answers who does not ask for a WebSocket. */
export const liveDescription: Route = route({
  method: 'GET',
  path: '/live',
  tag: 'live',
  summary: 'WebSocket: vitals, waveforms, findings and alarms as they come',
  access: PERMISSION,
  query: liveQuery,
  response: liveMessage,
  handle: () => Promise.reject(new PulsewireError('PW_REQUEST_INVALID', 'connect to this by WebSocket')),
})

/** The WebSocket. Everything that can be wrong is said by HTTP, before the upgrade. */
export function registerLive(
  app: FastifyInstance,
  deps: { readonly sessions: Sessions; readonly sockets: LiveSockets; readonly partitionCount: number },
): void {
  const admitted = new WeakMap<object, { session: Session; query: z.output<typeof liveQuery> }>()
  app.route({
    method: 'GET',
    url: `${API_ROOT}${liveDescription.path}`,
    preValidation: async (request) => {
      const query = parseInput(liveQuery, request.query, 'query')
      const { since, token } = query
      const credential = token === undefined ? credentialOf(request) : { token, fromCookie: false }
      const session = await deps.sessions.verify(credential.token)
      if (credential.fromCookie && originOf(request.headers) === 'foreign') {
        throw new PulsewireError('PW_FORBIDDEN', 'with a cookie only our own pages may connect')
      }
      if (!allows(PERMISSION, session.roles))
        throw new PulsewireError('PW_FORBIDDEN', `needs the permission ${PERMISSION}`)
      if (since !== undefined && parseToken(since, deps.partitionCount) === undefined) {
        throw new RequestInvalid([{ field: 'since', message: 'is not a position of this installation' }])
      }
      if (!deps.sockets.hasRoomFor(session.user)) {
        throw new PulsewireError('PW_TOO_MANY_REQUESTS', `${session.user} has too many live sockets open`)
      }
      admitted.set(request, { session, query })
    },
    handler: (request, reply) => {
      const session = admitted.get(request)?.session
      // It writes nothing.
      const author = { name: session?.user ?? 'nobody', wrote: () => undefined }
      return liveDescription.run({ session, author, request, reply })
    },
    wsHandler: (socket, request) => {
      const admission = admitted.get(request)
      if (admission === undefined) return socket.close(1008, 'sign in first')
      deps.sockets.open(socket, admission.session, admission.query)
    },
  })
}
