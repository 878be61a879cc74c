import staticFiles from '@fastify/static'
import { PulsewireError } from '@pulsewire/contracts'
import type { FastifyInstance } from 'fastify'
import { API_ROOT } from './register.ts'
import { sendProblem } from './server.ts'

/** Files whose name holds their content's hash, as Vite builds them. */
const HASHED = /[/\\]assets[/\\]/

/**
 * The dashboard's built files from `directory`; a page that is not a file is the dashboard's own (it finds its way by the address).
 * Everything else that is not there is a problem document.
 */
export async function serveStaticFiles(app: FastifyInstance, directory: string | undefined): Promise<void> {
  if (directory !== undefined) {
    await app.register(staticFiles, {
      root: directory,
      cacheControl: false,
      setHeaders: (reply, path) => {
        void reply.setHeader('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const { method, url, headers } = request
    const isPage = method === 'GET' && !url.startsWith(API_ROOT) && (headers.accept ?? '').includes('text/html')
    if (directory !== undefined && isPage) return reply.code(200).sendFile('index.html')
    return sendProblem(new PulsewireError('PW_NOT_FOUND', `there is no ${method} ${url.split('?')[0] ?? ''}`), reply)
  })
}
