import { mean, proportion, share } from '../score/statistics.ts'
import { COURSES, type CourseResult, type StResult } from '../tasks/st-job.ts'
import type { TwelveLeadResult } from '../tasks/twelve-lead-job.ts'
import { percent, percentWithInterval, type Row } from './rows.ts'

const LIMIT_UV = 25

function levelRow(results: readonly StResult[], name: string, isGoal: boolean): Row {
  const errors = results.flatMap(({ errorsUv }) => errorsUv)
  const bias = mean(errors)
  const deviation = Math.sqrt(mean(errors.map((error) => (error - bias) ** 2)))
  const sizes = errors.map(Math.abs).toSorted((a, b) => a - b)
  const p95 = sizes[Math.floor(0.95 * sizes.length)] ?? Number.NaN
  const within = sizes.filter((size) => size <= LIMIT_UV).length
  const possible = results.reduce((sum, { expected }) => sum + expected, 0)
  return {
    group: 'st',
    what: `ST level at J+80 (60) ms, ${name}: 95 % of errors within`,
    on: `modelled lead, ${results.length} cases of a minute, ${errors.length} measurements`,
    reached: `±${p95.toFixed(0)} µV`,
    note: `bias ${bias.toFixed(1)} µV, SD ${deviation.toFixed(1)} µV, within ±${LIMIT_UV} µV ${percent(share(within, errors.length), 1)} %; measured with certainty in ${percent(share(errors.length, possible), 0)} % of what could be`,
    ...(isGoal ? { goal: `±${LIMIT_UV} µV`, met: p95 <= LIMIT_UV } : {}),
  }
}

export function stRows(results: readonly StResult[], courses: readonly CourseResult[]): Row[] {
  const clean = results.filter(({ snrDb }) => snrDb === undefined)
  const noisy = results.filter(({ snrDb }) => snrDb !== undefined)
  return [
    levelRow(clean, 'no noise', false),
    levelRow(noisy, '20 dB', true),
    ...COURSES.map((course): Row => {
      const own = courses.filter((each) => each.course === course)
      const isAttack = course === 'anterior' || course === 'inferior'
      const times = own
        .flatMap(({ highAfterS }) => (highAfterS === undefined ? [] : [highAfterS]))
        .toSorted((a, b) => a - b)
      const rang = isAttack ? times.filter((timeS) => timeS <= 120).length : times.length
      const estimate = percentWithInterval(proportion(rang, own.length), 0)
      return {
        group: 'st',
        what: isAttack
          ? `${course} occlusion, 0.3 mV within a minute: rings within 2 min`
          : `no occlusion (${course}): rings falsely`,
        on: `modelled, ${own.length} patients, 7 leads`,
        reached: `${estimate} %`,
        goal: isAttack ? '100' : '0',
        met: isAttack ? rang === own.length : rang === 0,
        ...(times.length > 0
          ? { note: `after ${times[0]?.toFixed(0) ?? ''} to ${times.at(-1)?.toFixed(0) ?? ''} s` }
          : {}),
      }
    }),
  ]
}

const INFARCTION: readonly string[] = ['IMI', 'AMI', 'ASMI', 'ALMI', 'ILMI', 'LMI', 'PMI', 'IPMI', 'IPLMI', 'INJAS', 'INJAL', 'INJIN', 'INJLA', 'INJIL'] // prettier-ignore
const CONFOUNDERS: readonly (readonly [string, readonly string[]])[] = [
  ['LBBB', ['CLBBB', 'ILBBB']],
  ['LVH', ['LVH', 'VCLVH']],
  ['ST depression', ['STD_', 'ISC_', 'ISCAL', 'ISCAS', 'ISCIL', 'ISCIN', 'ISCLA', 'ISCAN']],
]
const SNOMED = { normal: '426783006', infarction: ['164865005', '57054005', '54329005', '164931005'] }

/** Criteria on 10 s of twelve leads, without a reference of the patient's own. */
export function infarctionRows(results: readonly TwelveLeadResult[]): Row[] {
  const ptbxl = results.filter(({ ref }) => ref.database === 'ptbxl')
  const has = ({ codes }: TwelveLeadResult, wanted: readonly string[]): boolean =>
    codes.some((code) => wanted.includes(code))
  const isInfarction = (result: TwelveLeadResult): boolean => has(result, INFARCTION)
  const specificity = (what: string, group: readonly TwelveLeadResult[], goal?: number): Row => {
    const quiet = group.filter(({ meetsCriteria }) => !meetsCriteria).length
    const unmeasured = group.filter(({ jMv }) => Object.keys(jMv).length < 8).length
    return {
      group: 'infarction',
      what: `ST elevation criteria, ${what}: specificity`,
      on: `ptbxl, ${group.length} records`,
      reached: percentWithInterval(proportion(quiet, group.length), 1),
      note: `${group.length - quiet} met them; fewer than 8 leads measured in ${unmeasured}`,
      ...(goal === undefined
        ? {}
        : { goal: `≥ ${goal}`, toBeat: 'Garvey 2016: 89–95', met: quiet / group.length >= goal / 100 }),
    }
  }
  const confounders = CONFOUNDERS.map(([name, codes]) => ({
    name,
    group: ptbxl.filter((result) => has(result, codes) && !isInfarction(result)),
  }))
  const all = ptbxl.filter((result) => confounders.some(({ group }) => group.includes(result)))
  const infarcts = ptbxl.filter(isInfarction)
  const sensitivity = (on: string, group: readonly TwelveLeadResult[]): Row => ({
    group: 'infarction',
    what: 'ST elevation criteria, infarction: share that meets them',
    on: `${on}, ${group.length} records`,
    reached: percentWithInterval(
      proportion(group.filter(({ meetsCriteria }) => meetsCriteria).length, group.length),
      1,
    ),
    note: 'mostly old infarctions: not a sensitivity for acute ones',
  })
  const challenge = results.filter(({ ref }) => ref.database === 'challenge-2021')
  const sinus = challenge.filter(({ codes }) => codes.length === 1 && codes[0] === SNOMED.normal)
  const rows = [
    specificity(
      'normal',
      ptbxl.filter((result) => has(result, ['NORM']) && !isInfarction(result)),
      97,
    ),
    specificity('confounders together', all, 90),
    ...confounders.map(({ name, group }) => specificity(name, group)),
    ...[...new Set(infarcts.map(({ stage }) => stage))].toSorted().map((stage) =>
      sensitivity(
        `ptbxl, ${stage === '' ? 'no stage given' : stage}`,
        infarcts.filter((each) => each.stage === stage),
      ),
    ),
    { ...specificity('normal', sinus), on: `challenge-2021, sinus rhythm alone, ${sinus.length} records` },
    sensitivity(
      'challenge-2021',
      challenge.filter((result) => has(result, SNOMED.infarction)),
    ),
    {
      ...sensitivity(
        'ptbdb (acute infarction)',
        results.filter(({ ref }) => ref.database === 'ptbdb'),
      ),
      note: 'the record at hand is of an acute infero-lateral infarction',
    },
  ]
  return rows.filter(({ on }) => !on.endsWith(' 0 records'))
}
