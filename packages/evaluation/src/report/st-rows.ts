import { mean, proportion, share } from '../score/statistics.ts'
import { COURSE_NAMES, COURSES, type Course } from '../model/courses.ts'
import type { CourseResult } from '../tasks/course-job.ts'
import type { StResult } from '../tasks/st-job.ts'
import { INJURY_TIMES, type TwelveLeadResult } from '../tasks/twelve-lead-job.ts'
import { percent, percentWithInterval, type Row } from './rows.ts'

const LIMIT_UV = 25
/** From the onset of the rise, which takes a minute. */
const IN_TIME_S = 120

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
    ...COURSE_NAMES.map((name): Row => {
      const own = courses.filter(({ course }) => course === name)
      const { title, attack, leads }: Course = COURSES[name]
      const times = own
        .flatMap(({ highAfterS, mediumAfterS }) => (attack === 'medium' ? mediumAfterS : highAfterS) ?? [])
        .toSorted((a, b) => a - b)
      const rang = attack !== undefined ? times.filter((timeS) => timeS <= IN_TIME_S).length : times.length
      const others = own.reduce((sum, each) => sum + each.others, 0)
      const after =
        times.length > 0 ? [`after ${times[0]?.toFixed(0) ?? ''} to ${times.at(-1)?.toFixed(0) ?? ''} s`] : []
      return {
        group: 'st',
        what:
          attack === undefined
            ? `none (${title}): rings with high priority`
            : `${title}: rings with ${attack} priority within 2 min`,
        on: `modelled, ${own.length} patients, ${leads.length} leads`,
        reached: `${percentWithInterval(proportion(rang, own.length), 0)} %`,
        goal: attack !== undefined ? '100' : '0',
        met: attack !== undefined ? rang === own.length : rang === 0,
        note: [...after, `${others} of medium priority`].join('; '),
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
const SNOMED = { infarction: ['164865005', '57054005', '54329005', '164931005'] }

type Rule = 'meetsDefinition' | 'suspected'
/** The product's rule is the one that has goals; the definition alone stands beside it. */
const RULES: readonly (readonly [Rule, string])[] = [
  ['suspected', 'ST criteria of the product'],
  ['meetsDefinition', 'ST elevation of the definition alone'],
]

const has = ({ codes }: TwelveLeadResult, wanted: readonly string[]): boolean =>
  codes.some((code) => wanted.includes(code))
const isInfarction = (result: TwelveLeadResult): boolean => has(result, INFARCTION)
const isNormal = (result: TwelveLeadResult): boolean => has(result, ['NORM']) && !isInfarction(result)

function specificity(
  [rule, name]: (typeof RULES)[number],
  what: string,
  on: string,
  group: readonly TwelveLeadResult[],
  goal?: number,
): Row {
  const quiet = (of: readonly TwelveLeadResult[]): number => of.filter((each) => !each[rule]).length
  const estimate = (of: readonly TwelveLeadResult[]): string => percentWithInterval(proportion(quiet(of), of.length), 1)
  const unmeasured = group.filter(({ jMv }) => Object.keys(jMv).length < 8).length
  return {
    group: 'infarction',
    what: `${name}, ${what}: specificity`,
    on: `${on}, ${group.length} records`,
    reached: estimate(group),
    tuned: estimate(group.filter(({ ref }) => ref.tuned)),
    heldOut: estimate(group.filter(({ ref }) => !ref.tuned)),
    note: `${group.length - quiet(group)} called; fewer than 8 leads measured in ${unmeasured}`,
    ...(goal === undefined || rule !== 'suspected'
      ? {}
      : { goal: `≥ ${goal}`, toBeat: 'Garvey 2016: 89–95', met: quiet(group) / group.length >= goal / 100 }),
  }
}

function sensitivity(
  [rule, name]: (typeof RULES)[number],
  on: string,
  group: readonly TwelveLeadResult[],
  note: string,
): Row {
  return {
    group: 'infarction',
    what: `${name}, infarction: share that is called`,
    on: `${on}, ${group.length} records`,
    reached: percentWithInterval(proportion(group.filter((each) => each[rule]).length, group.length), 1),
    note,
  }
}

function injuryRow(rule: Rule, name: string, results: readonly TwelveLeadResult[], who: string, times: number): Row {
  const injured = results.flatMap((each) => each.injured.filter((injury) => injury.times === times))
  const sites = [...new Set(injured.map(({ site }) => site))].toSorted()
  const shareOf = (site: string): string => {
    const own = injured.filter((injury) => injury.site === site)
    return `${site} ${percent(share(own.filter((injury) => injury[rule]).length, own.length), 0)} % of ${own.length}`
  }
  return {
    group: 'infarction',
    what: `${name}, modelled injury of ${times} × the threshold: share that is called`,
    on: `ptbxl, ${who}, ${injured.length} records`,
    reached: percentWithInterval(proportion(injured.filter((injury) => injury[rule]).length, injured.length), 1),
    note: sites.map(shareOf).join(', '),
  }
}

/** Criteria on 10 s of twelve leads, without a reference of the patient's own. */
export function infarctionRows(results: readonly TwelveLeadResult[]): Row[] {
  const of = (database: string): TwelveLeadResult[] => results.filter(({ ref }) => ref.database === database)
  const ptbxl = of('ptbxl')
  const challenge = of('challenge-2021')
  const normals = ptbxl.filter(isNormal)
  const confounders = CONFOUNDERS.map(([name, codes]) => ({
    name,
    group: ptbxl.filter((result) => has(result, codes) && !isInfarction(result)),
  }))
  const allConfounders = ptbxl.filter((result) => confounders.some(({ group }) => group.includes(result)))
  const infarcts = ptbxl.filter(isInfarction)
  const old = 'mostly old infarctions: not a sensitivity for acute ones'
  const rows = RULES.flatMap((rule) => [
    specificity(rule, 'normal', 'ptbxl', normals, 97),
    specificity(rule, 'confounders together', 'ptbxl', allConfounders, 90),
    ...confounders.map(({ name, group }) => specificity(rule, name, 'ptbxl', group)),
    specificity(rule, 'all that are neither', 'ptbxl', ptbxl.filter((each) => !isInfarction(each) && !isNormal(each) && !allConfounders.includes(each))), // prettier-ignore
    specificity(rule, 'without infarction', 'challenge-2021', challenge.filter((each) => !has(each, SNOMED.infarction))), // prettier-ignore
    ...INJURY_TIMES.flatMap((times) => [
      injuryRow(...rule, normals, 'normals', times),
      injuryRow(...rule, allConfounders, 'confounders', times),
    ]),
    ...[...new Set(infarcts.map(({ stage }) => stage))].toSorted().map(
      (stage) =>
      sensitivity(rule, `ptbxl, ${stage === '' ? 'no stage given' : stage}`, infarcts.filter((each) => each.stage === stage), old), // prettier-ignore
    ),
    sensitivity(rule, 'challenge-2021', challenge.filter((each) => has(each, SNOMED.infarction)), old), // prettier-ignore
    sensitivity(rule, 'ptbdb (acute infarction)', of('ptbdb'), 'infero-lateral, recorded two days after its onset'),
  ])
  return rows.filter(({ on }) => !on.endsWith(', 0 records'))
}
