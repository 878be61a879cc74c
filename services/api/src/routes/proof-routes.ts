import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { route, type Route } from '../http/route.ts'

/** How far proofs come: asked by the prover, which has no session. Says nothing of any patient. */
export function proofRoutes({ views }: ApiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/proof',
      tag: 'accounting',
      summary: 'When the newest proof was sent that came from a device through the whole system to this API',
      access: 'public',
      response: z.object({ sentAt: z.number().optional() }),
      handle: async () => {
        await Promise.resolve()
        const sentAt = views.system.provenAt()
        return sentAt === undefined ? {} : { sentAt }
      },
    }),
  ]
}
