import { ERRORS } from '@pulsewire/contracts'
import { z } from 'zod'
import { problem, PROBLEM_TYPE } from './problem.ts'
import type { Route } from './route.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of `routes`, from the schemas that validate them. */
export function openApiDocument(routes: readonly Route[], root: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pulsewire',
      version: '1',
      description:
        'Body-sensor telemetry: registry, series, findings, alarms, accounting. Times are ms since 1970, UTC.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: root }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'pulsewire_session' },
      },
      schemas: { Problem: { ...toSchema(problem, 'output'), 'x-codes': Object.keys(ERRORS) } },
    },
  }
}

function operation(route: Route): Json {
  const { params, query, body, response } = route.schemas
  const representations = Object.fromEntries(route.alsoAs.map((type) => [type, {}]))
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[/:-]+(\w)/g, (_, first: string) => first.toUpperCase())}`,
    summary: route.summary,
    tags: [route.tag],
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: toSchema(body, 'input') } } } }),
    responses: {
      [route.status]: {
        description: 'as asked',
        ...(route.status === 204
          ? {}
          : { content: { 'application/json': { schema: toSchema(response, 'output') }, ...representations } }),
      },
      default: {
        description: 'what went wrong, with a stable code',
        content: { [PROBLEM_TYPE.split(';')[0] ?? '']: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    security: route.access === 'public' ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(route.access === 'public' ? {} : { 'x-permission': route.access }),
  }
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }))
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}
