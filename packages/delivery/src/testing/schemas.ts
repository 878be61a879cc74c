import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { validateXML, type XMLFileInfo } from 'xmllint-wasm'

const DIRECTORY = join(import.meta.dirname, '../../src/testing/xsd')
const BOTH = {
  fileName: 'all.xsd',
  contents: `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
    <xs:import namespace="urn:oasis:names:tc:emergency:EDXL:DE:2.0" schemaLocation="EDXL-DE.xsd"/>
    <xs:import namespace="urn:oasis:names:tc:emergency:cap:1.2" schemaLocation="CAP-v1.2.xsd"/>
  </xs:schema>`,
}

function schemaFiles(): XMLFileInfo[] {
  return readdirSync(DIRECTORY, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.xsd'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ fileName: path.slice(DIRECTORY.length + 1), contents: readFileSync(path, 'utf8') }))
}

/** What the OASIS schemas of CAP 1.2 and EDXL-DE 2.0 have against these documents. */
export async function schemaErrors(documents: readonly string[]): Promise<string[]> {
  const xml = documents.map((contents, index) => ({ fileName: `${index}.xml`, contents }))
  const { errors } = await validateXML({ xml, schema: BOTH, preload: schemaFiles() })
  return errors.map(({ message, loc }) => `${loc?.fileName ?? ''}:${loc?.lineNumber ?? ''} ${message}`)
}
