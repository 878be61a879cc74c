import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCsv } from './csv.ts'
import { DataError } from './errors.ts'

/** The alarm of a record of the challenge 2015. */
export interface ChallengeAlarm {
  readonly type: string
  readonly isTrue: boolean
}

function parseLines(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((word) => word.trim()))
}

/** Record → alarm. */
export async function readChallengeAlarms(dataDirectory: string): Promise<Map<string, ChallengeAlarm>> {
  const lines = parseLines(await readFile(join(dataDirectory, 'challenge-2015', 'ALARMS'), 'utf8'))
  return new Map(lines.map(([name = '', type = '', isTrue]) => [name, { type, isTrue: isTrue === '1' }]))
}

/** Record → `N`, `A` (atrial fibrillation), `O` (another rhythm) or `~` (noise), the labels of the validation set. */
export async function readChallenge2017(dataDirectory: string): Promise<Map<string, string>> {
  const lines = parseLines(await readFile(join(dataDirectory, 'challenge-2017', 'REFERENCE.csv'), 'utf8'))
  return new Map(lines.map(([name = '', label = '']) => [name, label]))
}

/** SNOMED codes of the header of a record of the challenges 2020 and 2021. */
export function diagnosisCodes(comments: readonly string[]): string[] {
  const line = comments.find((comment) => comment.startsWith('Dx:'))
  return line === undefined ? [] : line.slice(3).split(',').map((code) => code.trim()) // prettier-ignore
}

/** A record of PTB-XL, as its table says. */
export interface PtbXlRow {
  readonly age: number | undefined
  readonly sex: 'male' | 'female'
  /** Statement → likelihood, per cent (0 = not said). */
  readonly codes: ReadonlyMap<string, number>
  readonly stage: string
  readonly isHumanValidated: boolean
}

const STATEMENT = /'([^']+)':\s*([\d.]+)/g

/** Record (five digits) → row. */
export async function readPtbXl(dataDirectory: string): Promise<Map<string, PtbXlRow>> {
  const rows = parseCsv(await readFile(join(dataDirectory, 'ptbxl', 'ptbxl_database.csv'), 'utf8'))
  return new Map(
    rows.map((row) => {
      const codes = new Map([...(row.scp_codes ?? '').matchAll(STATEMENT)].map(([, code, likelihood]) => [code ?? '', Number(likelihood)])) // prettier-ignore
      if (codes.size === 0) throw new DataError(`ptbxl: no statements of ${row.ecg_id ?? 'a record'}`)
      const age = Number(row.age)
      return [
        (row.ecg_id ?? '').padStart(5, '0'),
        {
          // 300 stands for 90 and older.
          age: row.age === '' || Number.isNaN(age) ? undefined : Math.min(age, 90),
          sex: row.sex === '1' ? 'female' : 'male',
          codes,
          stage: row.infarction_stadium1 ?? '',
          isHumanValidated: row.validated_by_human === 'True',
        },
      ]
    }),
  )
}
