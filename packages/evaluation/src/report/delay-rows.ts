import type { AlarmDelays } from '../tasks/alarm-delays.ts'
import type { Row } from './rows.ts'

const ALLOWED_S = 10
const STEP_TO_BEAT = 'below 11 s (Mindray), 6.4 to 7.2 s (Philips) for 80 to 120 /min'

/** How soon modelled events are said, by type. */
export function delayRows(delays: readonly AlarmDelays[]): Row[] {
  return delays.map(({ what, cases, medianS, longestS }): Row => {
    const isStep = what.startsWith('heart rate')
    return {
      group: 'vf',
      what: isStep ? `${what}, to 63 % of the step` : `delay of an alarm of one lead: ${what}`,
      on: `modelled, ${cases} leads of 0.3 to 3 mV at 20 dB`,
      reached: `median ${medianS.toFixed(1)} s, longest ${longestS.toFixed(1)} s`,
      goal: `≤ ${ALLOWED_S} s (IEC 60601-2-27)`,
      met: longestS <= ALLOWED_S,
      ...(isStep ? { toBeat: STEP_TO_BEAT } : {}),
    }
  })
}
