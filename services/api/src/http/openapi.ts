import { ERRORS } from '@pulsewire/contracts'
import { z } from 'zod'
import { problem, PROBLEM_TYPE } from './problem.ts'
import type { Route } from './route.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of `routes`, from the schemas that validate them. Schemas with an id are told once, as components. */
export function openApiDocument(routes: readonly Route[], root: string): Json {
  const components = createComponents()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components.toSchema) }
  }
  components.toSchema(problem, 'output')
  const { Problem, ...schemas } = components.schemas
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
      schemas: { ...schemas, Problem: { ...Problem, 'x-codes': Object.keys(ERRORS) } },
    },
  }
}

type ToSchema = (schema: z.ZodType, io: 'input' | 'output') => Json

/** Collects the schemas that have an id, under `components`; `$ref` leads there. */
function createComponents(): { readonly schemas: Record<string, Json>; readonly toSchema: ToSchema } {
  const schemas: Record<string, Json> = {}
  return {
    schemas,
    toSchema(schema, io) {
      const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }))
      const {
        $schema: _,
        $defs = {},
        ...rest
      } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as {
        $schema?: string
        $defs?: Record<string, Json>
      }
      for (const [id, { id: _, ...component }] of Object.entries($defs)) {
        if (schemas[id] !== undefined && JSON.stringify(schemas[id]) !== JSON.stringify(component)) {
          throw new Error(`two schemas are called ${id}`)
        }
        schemas[id] = component
      }
      return rest
    },
  }
}

function operation(route: Route, toSchema: ToSchema): Json {
  const { params, query, body, response } = route.schemas
  const representations = Object.fromEntries(route.alsoAs.map((type) => [type, {}]))
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[/:-]+(\w)/g, (_, first: string) => first.toUpperCase())}`,
    summary: route.summary,
    tags: [route.tag],
    parameters: [...parameters(params, 'path', toSchema), ...parameters(query, 'query', toSchema)],
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

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query', toSchema: ToSchema): Json[] {
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
