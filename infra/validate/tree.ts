import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

/** The repository. */
export const ROOT = resolve(import.meta.dirname, '../..')

export type Tree = { readonly [name: string]: unknown }

/** What a parsed document has at a path; undefined where it has nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found: unknown = value
  for (const step of path) {
    if (Array.isArray(found)) found = found.at(Number(step))
    else if (isTree(found)) found = found[String(step)]
    else return undefined
  }
  return found
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at a path, or an empty one. */
export function treeAt(value: unknown, ...path: readonly (string | number)[]): Tree {
  const found = at(value, ...path)
  return isTree(found) ? found : {}
}

/** The list at a path, or an empty one. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found: unknown = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The text at a path, or an empty one. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}

/** Every text in a document, with the way to it. */
export function* textsOf(value: unknown, way = ''): Generator<readonly [way: string, text: string]> {
  if (typeof value === 'string') yield [way, value]
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textsOf(item, `${way}[${index}]`)
  else if (isTree(value)) for (const [name, item] of Object.entries(value)) yield* textsOf(item, `${way}.${name}`)
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function readYaml(path: string): unknown {
  const value: unknown = parse(readText(path), { merge: true })
  return value
}

/** The documents of a stream, as Kubernetes reads them (YAML 1.1); throws where one does not parse. */
export function yamlDocuments(text: string): Tree[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    const value: unknown = document.toJS()
    return isTree(value) ? [value] : []
  })
}

/** The text of all sources of packages and services: what is named outside must be named there. Tests do not count. */
export function sourceText(): string {
  const texts: string[] = []
  for (const group of ['packages', 'services']) {
    for (const workspace of readdirSync(join(ROOT, group))) {
      const folder = join(ROOT, group, workspace, 'src')
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const isSource = entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|engines)\.tsx?$/.test(entry.name)
        if (isSource) texts.push(readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      }
    }
  }
  return texts.join('\n')
}

/** Of the variables of ours that a text or a list names, those that no source reads. */
export function unknownVariables(names: Iterable<string>, sources: string = sourceText()): string[] {
  const read = new Set(sources.match(/\bPULSEWIRE_[A-Z0-9_]+\b/g))
  return [...new Set(names)].filter((name) => name.startsWith('PULSEWIRE_') && !read.has(name))
}
