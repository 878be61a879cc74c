import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { isTree, listAt, textAt, treeAt, yamlDocuments, type Tree } from './tree.ts'

/** Says what is wrong with a manifest; nothing where it is as Kubernetes, or the custom resource's maker, wants it. */
export type Check = (manifest: Tree) => string[]

/**
 * Checks manifests against the OpenAPI document of a Kubernetes release and the schemas of custom resources. Strict, as `kubectl
 * --validate=strict` is: a field that is not in the schema is an error.
 */
export function createManifestCheck(files: {
  readonly api: string
  readonly customResources: readonly string[]
}): Check {
  const api: unknown = JSON.parse(readFileSync(files.api, 'utf8'))
  const definitions = Object.fromEntries(
    Object.entries(treeAt(api, 'definitions')).map(([name, schema]) => [name, strict(name, schema)]),
  )
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema({ $id: 'kubernetes', definitions })

  const references = new Map<string, string>()
  for (const [name, schema] of Object.entries(treeAt(api, 'definitions'))) {
    for (const kind of listAt(schema, 'x-kubernetes-group-version-kind')) {
      references.set(
        keyOf(textAt(kind, 'group'), textAt(kind, 'version'), textAt(kind, 'kind')),
        `kubernetes#/definitions/${name}`,
      )
    }
  }
  for (const file of files.customResources) {
    for (const resource of yamlDocuments(readFileSync(file, 'utf8'))) {
      for (const version of listAt(resource, 'spec', 'versions')) {
        const key = keyOf(
          textAt(resource, 'spec', 'group'),
          textAt(version, 'name'),
          textAt(resource, 'spec', 'names', 'kind'),
        )
        ajv.addSchema({ $id: key, ...treeAt(closed(treeAt(version, 'schema', 'openAPIV3Schema'))) })
        references.set(key, key)
      }
    }
  }

  return (manifest) => {
    const [group, version] = textAt(manifest, 'apiVersion').includes('/')
      ? textAt(manifest, 'apiVersion').split('/')
      : ['', textAt(manifest, 'apiVersion')]
    const reference = references.get(keyOf(group ?? '', version ?? '', textAt(manifest, 'kind')))
    if (reference === undefined) return [`there is no ${textAt(manifest, 'kind')} in ${textAt(manifest, 'apiVersion')}`]
    const validate = ajv.getSchema(reference)
    if (validate === undefined) return [`no schema: ${reference}`]
    return validate(manifest) === true ? [] : (validate.errors ?? []).map(textOfError)
  }
}

const keyOf = (group: string, version: string, kind: string): string => `${group}/${version}/${kind}`

function textOfError({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`
}

/** Quantities may be numbers and ports may be names, whatever Swagger 2 can say of it; all else has the fields that are named, and no more. */
function strict(name: string, schema: unknown): unknown {
  if (name.endsWith('.Quantity')) return { anyOf: [{ type: 'string' }, { type: 'number' }] }
  if (name.endsWith('.IntOrString')) return { anyOf: [{ type: 'string' }, { type: 'integer' }] }
  return closed(rewritten(schema))
}

/** References point into our document. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten)
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/definitions/', 'kubernetes#/definitions/')
        : rewritten(inner),
    ]),
  )
}

/** Objects with named properties take no others, unless they say so. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (!isTree(value)) return value
  if (value['x-kubernetes-int-or-string'] === true) return { anyOf: [{ type: 'string' }, { type: 'integer' }] }
  const inner = Object.fromEntries(
    Object.entries(value)
      // Go's patterns may begin with flags that JavaScript's have not.
      .filter(([key, item]) => !(key === 'pattern' && typeof item === 'string' && item.includes('(?i)')))
      .map(([key, item]) => [key, closed(item)]),
  )
  const names =
    isTree(value['properties']) &&
    !('additionalProperties' in value) &&
    value['x-kubernetes-preserve-unknown-fields'] !== true
  // `metadata: {type: object}` of a custom resource is open: it has no properties.
  if (!names) return inner
  return { ...inner, additionalProperties: false }
}
