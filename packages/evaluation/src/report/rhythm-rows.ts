import type { Database } from '../sources/databases.ts'
import { MISHAPS, MISHAP_WORDS } from '../model/mishaps.ts'
import { f1, challenge2015Score } from '../score/alarm-score.ts'
import { confusionOf, type DurationScore, type WindowVerdict } from '../score/spans.ts'
import { ofClusters, proportion, rate, share, sum } from '../score/statistics.ts'
import { CHALLENGE_ALARMS, type ChainScore, type Ring } from '../tasks/chain-job.ts'
import type { LeadResult } from '../tasks/lead-job.ts'
import { percent, percentWithInterval, withInterval, type Row } from './rows.ts'

const se = (scores: readonly DurationScore[]): number =>
  share(
    sum(scores, ({ tpS }) => tpS),
    sum(scores, ({ tpS, fnS }) => tpS + fnS),
  )
const sp = (scores: readonly DurationScore[]): number =>
  share(
    sum(scores, ({ tnS }) => tnS),
    sum(scores, ({ tnS, fpS }) => tnS + fpS),
  )

/** Less atrial fibrillation than this in a record is none. */
const LEAST_S = 30
/** A record of half a minute is called atrial fibrillation where so much of it was found to be. */
const MOST_OF_RECORD = 0.5

/** Atrial fibrillation by duration and by record. `labels` = those of challenge-2017. */
export function atrialRows(results: readonly LeadResult[], labels: ReadonlyMap<string, string>): Row[] {
  const databases: readonly (readonly [string, readonly Database[]])[] = [
    ['cpsc2021 and mitdb', ['cpsc2021', 'mitdb']],
    ['cpsc2021', ['cpsc2021']],
    ['mitdb', ['mitdb']],
  ]
  const rows = databases.map(([name, wanted]): Row => {
    const scored = (half?: boolean): DurationScore[] =>
      results
        .filter(({ ref }) => wanted.includes(ref.database) && (half === undefined || ref.tuned === half))
        .flatMap(({ atrialFibrillation }) => (atrialFibrillation === undefined ? [] : [atrialFibrillation]))
    const scores = scored()
    const plain = (of: readonly DurationScore[]): string => `${percent(se(of))} / ${percent(sp(of))}`
    const minutes = (of: (score: DurationScore) => number): string => (sum(scores, of) / 60).toFixed(0)
    return {
      group: 'af',
      what: 'atrial fibrillation by duration: Se / Sp',
      on: `${name}, ${scores.length} records, ${minutes(({ tpS, fnS }) => tpS + fnS)} min with and ${minutes(({ fpS, tnS }) => fpS + tnS)} min without`,
      reached: `${percentWithInterval(ofClusters(scores, se, `af se ${name}`))} / ${percentWithInterval(ofClusters(scores, sp, `af sp ${name}`))}`,
      tuned: plain(scored(true)),
      heldOut: plain(scored(false)),
      ...(name === 'cpsc2021 and mitdb'
        ? { goal: '≥ 98 / ≥ 98', toBeat: '98.22 / 98.11 (published)', met: se(scores) >= 0.98 && sp(scores) >= 0.98 }
        : {}),
    }
  })
  const byRecord = results.flatMap(({ ref, atrialFibrillation: af }) =>
    af === undefined ? [] : [{ ref, reference: af.tpS + af.fnS >= LEAST_S, found: af.tpS + af.fpS >= LEAST_S }],
  )
  if (byRecord.length > 0) {
    const { tp, fp, fn, tn } = confusionOf(byRecord)
    const plain = (half: boolean): string => {
      const own = confusionOf(byRecord.filter(({ ref }) => ref.tuned === half))
      return `${percent(share(own.tp, own.tp + own.fn), 1)} / ${percent(share(own.tn, own.tn + own.fp), 1)}`
    }
    rows.push({
      group: 'af',
      what: `atrial fibrillation of ${LEAST_S} s and more, by record: Se / Sp`,
      on: `cpsc2021 and mitdb, ${tp + fn} records with, ${fp + tn} without`,
      reached: `${percentWithInterval(proportion(tp, tp + fn), 1)} / ${percentWithInterval(proportion(tn, tn + fp), 1)}`,
      tuned: plain(true),
      heldOut: plain(false),
    })
  }
  const judged = (half?: boolean) =>
    results
      .filter(({ ref }) => ref.database === 'challenge-2017' && (half === undefined || ref.tuned === half))
      .map(({ ref, atrialFibrillationShare }) => ({
        reference: labels.get(ref.name) === 'A',
        found: atrialFibrillationShare >= MOST_OF_RECORD,
      }))
  if (judged().length === 0) return rows
  const confusion = confusionOf(judged())
  const { tp, fp, fn, tn } = confusion
  rows.push({
    group: 'af',
    what: 'atrial fibrillation of a record of 30 s against the rest: F1 (Se / Sp)',
    on: `challenge-2017, ${judged().length} records, ${tp + fn} with`,
    reached: `${percentWithInterval(
      ofClusters(judged(), (drawn) => f1(confusionOf(drawn)), 'af 2017'),
      1,
    )} (${percentWithInterval(proportion(tp, tp + fn), 1)} / ${percentWithInterval(proportion(tn, tn + fp), 1)})`,
    tuned: percent(f1(confusionOf(judged(true))), 1),
    heldOut: percent(f1(confusionOf(judged(false))), 1),
    goal: '≥ 85',
    toBeat: 'about 80 (the winners)',
    met: f1(confusion) >= 0.85,
  })
  return rows
}

/** Ventricular fibrillation in windows of 8 s, no preselection, and how soon it rings. */
export function fibrillationRows(leads: readonly LeadResult[], chains: readonly ChainScore[]): Row[] {
  const all = leads.flatMap(({ ref, fibrillation }) => (fibrillation === undefined ? [] : [{ ref, ...fibrillation }]))
  const seOf = (of: readonly (readonly WindowVerdict[])[]): number => {
    const { tp, fn } = confusionOf(of.flat())
    return share(tp, tp + fn)
  }
  const spOf = (of: readonly (readonly WindowVerdict[])[]): number => {
    const { tn, fp } = confusionOf(of.flat())
    return share(tn, tn + fp)
  }
  const groups: readonly (readonly [string, readonly Database[]])[] = [
    ['vfdb, cudb, mitdb', ['vfdb', 'cudb', 'mitdb']],
    ['vfdb', ['vfdb']],
    ['cudb', ['cudb']],
    ['mitdb', ['mitdb']],
  ]
  const rows = groups.map(([name, databases]): Row => {
    const chosen = (half?: boolean): (readonly WindowVerdict[])[] =>
      all
        .filter(({ ref }) => databases.includes(ref.database) && (half === undefined || ref.tuned === half))
        .map(({ verdicts }) => verdicts)
    const verdicts = chosen()
    const { tp, fp, fn, tn } = confusionOf(verdicts.flat())
    const plain = (of: readonly (readonly WindowVerdict[])[]): string => `${percent(seOf(of))} / ${percent(spOf(of))}`
    return {
      group: 'vf',
      what: 'ventricular fibrillation or flutter, 8-s windows: Se / Sp',
      on: `${name}, ${verdicts.length} records, ${tp + fn} windows with and ${fp + tn} without`,
      reached: `${percentWithInterval(ofClusters(verdicts, seOf, `vf se ${name}`))} / ${percentWithInterval(ofClusters(verdicts, spOf, `vf sp ${name}`))}`,
      tuned: plain(chosen(true)),
      heldOut: plain(chosen(false)),
      note: `FP ${fp}${falseIn(all.filter(({ ref }) => databases.includes(ref.database)))}, FN ${fn}`,
      ...(name.includes(',')
        ? {
            goal: '≥ 96 / ≥ 98',
            toBeat: '95.17 / 97.32 (published, 8 s)',
            met: seOf(verdicts) >= 0.96 && spOf(verdicts) >= 0.98,
          }
        : {}),
    }
  })
  const leftOut = (half?: boolean) =>
    all
      .filter(({ ref }) => half === undefined || ref.tuned === half)
      .map(({ withoutTachycardia }) => withoutTachycardia)
  const decided = confusionOf(leftOut().flat())
  rows.push({
    group: 'vf',
    what: 'the same without windows that the reference calls ventricular tachycardia: Se / Sp',
    on: `vfdb, cudb, mitdb, ${decided.tp + decided.fn} windows with and ${decided.fp + decided.tn} without`,
    reached: `${percentWithInterval(ofClusters(leftOut(), seOf, 'vf decided se'))} / ${percentWithInterval(ofClusters(leftOut(), spOf, 'vf decided sp'))}`,
    tuned: `${percent(seOf(leftOut(true)))} / ${percent(spOf(leftOut(true)))}`,
    heldOut: `${percent(seOf(leftOut(false)))} / ${percent(spOf(leftOut(false)))}`,
    note: `FP ${decided.fp}, FN ${decided.fn}`,
  })
  const shockable = all.flatMap(({ ref, withTachycardia }) =>
    withTachycardia === undefined ? [] : [{ ref, verdicts: withTachycardia }],
  )
  if (shockable.length > 0) {
    const of = (half?: boolean) => shockable.filter(({ ref }) => half === undefined || ref.tuned === half).map(({ verdicts }) => verdicts) // prettier-ignore
    const { fp, fn } = confusionOf(of().flat())
    rows.push({
      group: 'vf',
      what: 'ventricular tachycardia, fibrillation or flutter, 8-s windows: Se / Sp',
      on: `vfdb, mitdb, ${shockable.length} records`,
      reached: `${percentWithInterval(ofClusters(of(), seOf, 'vtvf se'))} / ${percentWithInterval(ofClusters(of(), spOf, 'vtvf sp'))}`,
      tuned: `${percent(seOf(of(true)))} / ${percent(spOf(of(true)))}`,
      heldOut: `${percent(seOf(of(false)))} / ${percent(spOf(of(false)))}`,
      note: `FP ${fp}, FN ${fn}`,
    })
  }
  for (const exact of [true, false]) {
    const episodes = chains.flatMap(({ fibrillation }) => fibrillation.filter((episode) => episode.exact === exact))
    if (episodes.length === 0) continue
    const allowedS = exact ? 10 : 15
    const inTime = episodes.filter(({ afterS }) => afterS !== undefined && afterS <= allowedS).length
    const rang = episodes.filter(({ afterS }) => afterS !== undefined).length
    rows.push({
      group: 'vf',
      what: `fibrillation or flutter of 8 s and more rings within ${allowedS} s of its onset`,
      on: `${exact ? 'vfdb, mitdb, cudb with marks' : 'cudb by labels of 5-s windows (onset known to 5 s)'}, ${episodes.length} episodes`,
      reached: percentWithInterval(proportion(inTime, episodes.length), 1),
      goal: '10 s (IEC 60601-2-27)',
      met: inTime === episodes.length,
      note: `${rang} rang at some time; whole chain, all leads`,
    })
  }
  return rows
}

/** ` (VT 12, HGEA 3)` */
function falseIn(of: readonly { readonly falseIn: Readonly<Record<string, number>> }[]): string {
  const tally = new Map<string, number>()
  for (const [label, n] of of.flatMap(({ falseIn }) => Object.entries(falseIn)))
    tally.set(label, (tally.get(label) ?? 0) + n)
  const parts = [...tally].toSorted(([, a], [, b]) => b - a).map(([label, n]) => `${label} ${n}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

export function challengeRows(chains: readonly ChainScore[]): Row[] {
  const judged = chains.flatMap(({ ref, alarm }) => (alarm === undefined ? [] : [{ ref, alarm }]))
  return CHALLENGE_ALARMS.map((type): Row => {
    const score = (half?: boolean) =>
      challenge2015Score(
        confusionOf(
          judged
            .filter(({ ref, alarm }) => alarm.type === type && (half === undefined || ref.tuned === half))
            .map(({ alarm }) => ({ reference: alarm.isTrue, found: alarm.kept })),
        ),
      )
    const { truePositiveRate, trueNegativeRate, score: points, confusion } = score()
    const { tp, fp, fn, tn } = confusion
    const isVentricular = type === 'Ventricular_Tachycardia'
    const plain = (half: boolean): string => {
      const { truePositiveRate: kept, trueNegativeRate: suppressed } = score(half)
      return `${percent(kept.value, 1)} / ${percent(suppressed.value, 1)}`
    }
    return {
      group: 'vt-alarms',
      what: `${type} alarms, real time: true kept / false suppressed`,
      on: `challenge-2015, ${tp + fn} true, ${fp + tn} false`,
      reached: `${percentWithInterval(truePositiveRate, 1)} / ${percentWithInterval(trueNegativeRate, 1)}`,
      tuned: plain(true),
      heldOut: plain(false),
      note:
        tp + fp + fn + tn === 0
          ? 'no record of this kind is at hand: held by modelled waves in the unit tests'
          : `score ${percent(points, 1)}; ${fn} true ones lost, ${fp} false ones kept; few alarms, wide intervals`,
      ...(isVentricular
        ? {
            goal: '≥ 98 / ≥ 75',
            toBeat: '85 / 84, score 75.1 (winner, hidden test set)',
            met: truePositiveRate.value >= 0.98 && trueNegativeRate.value >= 0.75,
          }
        : {}),
    }
  })
}

/** What may not be lost for the sake of quiet: lethal events that ring. */
function lethalRows(chains: readonly ChainScore[]): Row[] {
  const inTimeS = 10
  const share = (of: readonly ChainScore[], kind: 'beats' | 'labels') => {
    const total = sum(of, ({ events, shockable }) => (kind === 'beats' ? events : shockable).length)
    const rang = sum(of, ({ events, missed, shockable }) =>
      kind === 'beats'
        ? events.length - missed.length
        : shockable.filter(({ afterS }) => afterS !== undefined && afterS <= inTimeS).length,
    )
    return proportion(rang, total)
  }
  return (['beats', 'labels'] as const).flatMap((kind): Row[] => {
    const of = chains.filter(({ ref }) => ref.database === (kind === 'beats' ? 'mitdb' : 'vfdb'))
    const total = sum(of, ({ events, shockable }) => (kind === 'beats' ? events : shockable).length)
    if (total === 0) return []
    const half = (tuned: boolean): string => percent(share(of.filter(({ ref }) => ref.tuned === tuned), kind).value, 1) // prettier-ignore
    return [
      {
        group: 'false-alarms',
        what: kind === 'beats' ? 'lethal events by the reference beats that ring' : `ventricular tachycardia, flutter or fibrillation of 8 s and more rings within ${inTimeS} s`, // prettier-ignore
        on: `${kind === 'beats' ? 'mitdb' : 'vfdb'}, ${total}`,
        reached: percentWithInterval(share(of, kind), 1),
        tuned: half(true),
        heldOut: half(false),
      },
    ]
  })
}

export function falseAlarmRows(chains: readonly ChainScore[]): Row[] {
  const databases: readonly Database[] = ['mitdb', 'vfdb', 'cpsc2021']
  const wanted = chains.filter(({ ref }) => databases.includes(ref.database))
  const isFalse = ({ isTrue, inNormal, comesBack }: Ring): boolean => inNormal && isTrue !== true && !comesBack
  const isAgain = ({ isTrue, inNormal, comesBack }: Ring): boolean => inNormal && isTrue !== true && comesBack
  const perDay = (
    of: readonly ChainScore[],
    hours: (each: ChainScore) => number,
    counts: (ring: Ring) => boolean,
    ringsOf = ({ rings }: ChainScore): readonly Ring[] => rings,
  ) =>
    rate(
      sum(of, (each) => ringsOf(each).filter(counts).length),
      sum(of, hours) / 24,
    )
  const normalHours = ({ normalS }: ChainScore): number => normalS / 3600
  const half = (tuned: boolean): ChainScore[] => wanted.filter(({ ref }) => ref.tuned === tuned)
  const all = perDay(wanted, normalHours, isFalse)
  const count = sum(wanted, ({ rings }) => rings.filter(isFalse).length)
  const mitdb = chains.filter(({ ref }) => ref.database === 'mitdb')
  const unproven = ({ isTrue, comesBack }: Ring): boolean => isTrue === false && !comesBack
  const missed = sum(mitdb, (each) => each.missed.length)
  const events = sum(mitdb, (each) => each.events.length)
  const typesOf = (rings: readonly Ring[], counts: (ring: Ring) => boolean): string => {
    const tally = new Map<string, number>()
    for (const { type } of rings.filter(counts)) tally.set(type, (tally.get(type) ?? 0) + 1)
    return [...tally].map(([type, n]) => `${n} ${type}`).join(', ') || 'none'
  }
  return [
    {
      group: 'false-alarms',
      what: 'false alarms of high priority per 24 h of normal rhythm',
      on: `mitdb, vfdb, cpsc2021 where they say normal: ${sum(wanted, normalHours).toFixed(1)} h`,
      reached: withInterval(all),
      tuned: withInterval(perDay(half(true), normalHours, isFalse)),
      heldOut: withInterval(perDay(half(false), normalHours, isFalse)),
      goal: '≤ 1',
      met: all.value <= 1,
      note: `${count}: ${typesOf(
        wanted.flatMap(({ rings }) => rings),
        isFalse,
      )}; ${sum(wanted, ({ rings }) => rings.filter(isAgain).length)} more rang again within a minute of an alarm that was over, true or not`,
    },
    ...MISHAPS.map((mishap): Row => {
      const ringsOf = ({ mishaps }: ChainScore): readonly Ring[] => mishaps[mishap] ?? []
      const halfOf = (tuned: boolean): ChainScore[] => mitdb.filter(({ ref }) => ref.tuned === tuned)
      const reached = (of: readonly ChainScore[]): string => withInterval(perDay(of, normalHours, isFalse, ringsOf))
      return {
        group: 'false-alarms',
        what: `the same where ${MISHAP_WORDS[mishap]}`,
        on: `mitdb where it says normal: ${sum(mitdb, normalHours).toFixed(1)} h`,
        reached: reached(mitdb),
        tuned: reached(halfOf(true)),
        heldOut: reached(halfOf(false)),
        note: `${sum(mitdb, (each) => ringsOf(each).filter(isFalse).length)}: ${typesOf(mitdb.flatMap(ringsOf), isFalse)}; undisturbed ${sum(mitdb, ({ rings }) => rings.filter(isFalse).length)}`,
      }
    }),
    {
      group: 'false-alarms',
      what: 'the first in all rhythms, not proven by the reference beats',
      on: `mitdb, ${sum(mitdb, ({ lengthS }) => lengthS / 3600).toFixed(1)} h`,
      reached: withInterval(perDay(mitdb, ({ lengthS }) => lengthS / 3600, unproven)),
      tuned: withInterval(
        perDay(
          mitdb.filter(({ ref }) => ref.tuned),
          ({ lengthS }) => lengthS / 3600,
          unproven,
        ),
      ),
      heldOut: withInterval(
        perDay(
          mitdb.filter(({ ref }) => !ref.tuned),
          ({ lengthS }) => lengthS / 3600,
          unproven,
        ),
      ),
      note: `${typesOf(
        mitdb.flatMap(({ rings }) => rings),
        unproven,
      )}; of ${events} lethal events ${missed} did not ring`,
    },
    ...lethalRows(wanted),
  ]
}
