import { describe, expect, it } from 'vitest'
import { createHeardDevices } from './heard-devices.ts'

describe('the devices heard', () => {
  it('are those heard last, within bounds: names cost a stranger nothing', () => {
    const forgotten: string[] = []
    const devices = createHeardDevices((device) => forgotten.push(device), 2)
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map((device) => devices.heard(device))).toEqual([true, true, false, true, false, true]) // prettier-ignore
    expect([...devices.all()]).toEqual(['a', 'b'])
    expect([devices.has('b'), devices.has('c')]).toEqual([true, false])
    expect(forgotten).toEqual(['b', 'c'])
  })
})
