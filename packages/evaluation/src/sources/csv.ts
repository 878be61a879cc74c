/** Rows of a comma-separated file with a header line, by column name. Quoted fields may hold commas, quotes (doubled) and line ends. */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]]
  let field = ''
  let quoted = false
  const endField = (): void => {
    rows.at(-1)?.push(field)
    field = ''
  }
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (quoted) {
      if (character !== '"') field += character
      else if (text.charAt(i + 1) === '"') {
        field += '"'
        i += 1
      } else quoted = false
    } else if (character === '"') quoted = true
    else if (character === ',') endField()
    else if (character === '\n') {
      endField()
      rows.push([])
    } else if (character !== '\r') field += character
  }
  endField()
  const [header = [], ...body] = rows
  return body
    .filter((row) => row.length > 1 || (row[0] ?? '') !== '')
    .map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])))
}
