import { openBed } from '../bed/load.ts'
import type { Stage, StageRound, StageSize } from './stage.ts'

const WEARABLES: Readonly<Record<StageSize, number>> = { smoke: 30, full: 1_000 }
const SECONDS: Readonly<Record<StageSize, number>> = { smoke: 3, full: 30 }
const WARM_UP_S: Readonly<Record<StageSize, number>> = { smoke: 2, full: 45 }
const SCREENS: Readonly<Record<StageSize, number>> = { smoke: 2, full: 20 }
const PATIENTS_EACH = 16

export interface StationRound {
  readonly endToEnd: StageRound
  readonly dashboards: StageRound
}

/** One station under load, without screens (but one that measures) and with them. `parts`: CPU s per 100,000 messages that its stages cost alone. */
export async function measureStation(size: StageSize, parts: number): Promise<StationRound> {
  const bed = await openBed({ wearables: WEARABLES[size], warmUpSeconds: WARM_UP_S[size] })
  try {
    const alone = await bed.measure(SECONDS[size])
    await bed.attachScreens(SCREENS[size], PATIENTS_EACH)
    const watched = await bed.measure(SECONDS[size])
    const end = await bed.finish()
    const also = (figures: typeof alone): Record<string, number> => ({
      pubackP50Ms: figures.pubackMs.p50,
      pubackP99Ms: figures.pubackMs.p99,
      screenP50Ms: figures.screenMs.p50,
      screenP99Ms: figures.screenMs.p99,
      memoryMb: figures.ownMb,
      cores: figures.stationCores,
      lost: end.acked - end.published,
      ledgerDifference: end.ledgerDifference,
    })
    return {
      endToEnd: { ours: alone.cpuSPer100k, limit: parts, also: also(alone) },
      dashboards: { ours: watched.cpuSPer100k, limit: alone.cpuSPer100k, also: also(watched) },
    }
  } finally {
    await bed.close()
  }
}

type Head = Omit<Stage, 'measure'>
const cpu = { unit: 'CPU s per 100,000 messages', better: 'less' } as const

export const endToEnd = (size: StageSize): Head => ({
  ...cpu,
  name: 'end to end',
  what: `a station with ${WEARABLES[size]} wearables: broker, log, detection, store, alarms, API`,
  limit: 'broker, detector and recorder as measured alone',
})
export const dashboards = (size: StageSize): Head => ({
  ...cpu,
  name: 'dashboards attached',
  what: `the same with ${SCREENS[size]} screens of ${PATIENTS_EACH} patients`,
  limit: 'without screens',
})
