import type { SpeedResult, TimesRealTime } from '../tasks/speed.ts'
import type { Row } from './rows.ts'

const GOAL = 15_000
const ON = 'modelled, 250 Hz, CPU time of one core, once warm'

function row(what: string, on: string, { median, lowest, highest }: TimesRealTime): Row {
  const round = (value: number): string => Math.round(value).toLocaleString('en')
  const note = `${Math.round(1e6 / median)} µs a second; median of the runs (slowest–quickest)`
  return { group: 'speed', what, on, reached: `${round(median)} × (${round(lowest)}–${round(highest)})`, note }
}

export function speedRows({ wholeChain, oneLead, threeLeads, twelveLeads, vitals }: SpeedResult): Row[] {
  const goal = { goal: `≥ ${GOAL.toLocaleString('en')} ×`, met: wholeChain.median >= GOAL }
  return [
    { ...row('whole chain, times real time', `one lead, 30 min; ${ON}`, wholeChain), ...goal },
    row('analyser of the lead alone', `one lead, 30 min; ${ON}`, oneLead),
    row('whole chain, three leads of a device', `10 min; ${ON}`, threeLeads),
    row('whole chain, twelve leads of a device', `150 s; ${ON}`, twelveLeads),
    row('vitals alone, a message of six a second', '30 min; CPU time of one core, once warm', vitals),
  ]
}
