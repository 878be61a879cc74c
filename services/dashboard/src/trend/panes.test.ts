import { describe, expect, it } from 'vitest'
import { panesOf, spread } from './panes.ts'

describe('panes of trends', () => {
  it('ST has a pane where the patient has leads, a line each', () => {
    expect(panesOf(['heartRate']).some(({ key }) => key === 'st')).toBe(false)
    const st = panesOf(['st.V1', 'st.II', 'spo2']).find(({ key }) => key === 'st')
    expect(st?.lines.map(({ label }) => label)).toEqual(['ST II', 'ST V1'])
  })

  it('a pane keeps its usual range, and grows where values leave it', () => {
    expect(spread([40, 140], 60, 90)).toEqual([40, 140])
    expect(spread([40, 140], 20, 180)).toEqual([17.5, 182.5])
    expect(spread([40, 140], null, null)).toEqual([40, 140])
  })
})
