import type { SpeedResult } from '../tasks/speed.ts'
import type { Row } from './rows.ts'

const GOAL = 15_000

export function speedRows({ wholeChain, oneLead }: SpeedResult): Row[] {
  const round = (value: number): string => `${Math.round(value).toLocaleString('en')} ×`
  const on = 'one modelled lead, 250 Hz, 30 min, CPU time of one core'
  return [
    {
      group: 'speed',
      what: 'whole chain, times real time',
      on,
      reached: round(wholeChain),
      goal: `≥ ${GOAL.toLocaleString('en')} ×`,
      met: wholeChain >= GOAL,
    },
    { group: 'speed', what: 'analyser of the lead alone', on, reached: round(oneLead) },
  ]
}
