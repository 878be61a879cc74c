import { describe, expect, it, vi } from 'vitest'
import type { SheetReport, SheetTrace } from './messages.ts'
import { createSheetRenderer } from './renderer.ts'

const START = 1_790_000_000_000
const WIDTH = 400

/** A canvas that keeps which pixels of it are lit, column by column of each row of boxes. */
function fakeCanvas() {
  const lit = new Set<string>()
  const context = {
    fillStyle: '',
    clearRect: vi.fn((x: number, y: number, width: number, height: number) => {
      for (let column = x; column < x + width; column += 1) {
        for (let row = Math.floor(y); row < y + height; row += 1) lit.delete(`${column},${row}`)
      }
    }),
    fillRect: vi.fn((x: number, y: number, width: number, height: number) => {
      expect(width).toBe(1)
      for (let row = Math.floor(y); row < y + height; row += 1) lit.add(`${x},${row}`)
    }),
  }
  const canvas = { width: 0, height: 0, getContext: () => context, transferToImageBitmap: () => undefined }
  return { canvas: canvas as unknown as OffscreenCanvas, context, lit }
}

const traceAt = (id: number, x: number): SheetTrace => ({
  id,
  patient: `p${id}`,
  signal: 'ecg.II',
  color: 'green',
  box: { x, y: 10, width: WIDTH / 2 - 10, height: 80 },
})
const waveform = (patient: string, start: number, samples: (number | null)[]) => ({
  kind: 'waveform' as const,
  message: {
    type: 'waveform' as const,
    patient,
    device: 'd',
    receivedAt: start + 1000,
    late: false,
    signals: [{ name: 'ecg.II', unit: 'mV', rateHz: 250, segments: [{ start, samples }] }],
  },
})
/** A second of flat line with one beat of a single sample in its middle. */
const second = Array.from({ length: 250 }, (_, i) => (i === 125 ? 1 : 0))

function rig() {
  const reports: SheetReport[] = []
  const renderer = createSheetRenderer((report) => reports.push(report))
  const { canvas, context, lit } = fakeCanvas()
  renderer.handle({ kind: 'canvas', canvas })
  const lay = (...traces: SheetTrace[]) =>
    renderer.handle({ kind: 'layout', width: WIDTH, height: 100, pixelRatio: 1, traces })
  const state = (change: { clockOffsetMs?: number; frozen?: boolean; visible?: boolean }) =>
    renderer.handle({ kind: 'state', clockOffsetMs: 0, frozen: false, visible: true, ...change })
  const feed = (patient: string, seconds: number) => {
    for (let i = 0; i < seconds; i += 1) renderer.handle(waveform(patient, START + i * 1000, second))
  }
  return { renderer, context, lit, reports, lay, state, feed }
}

describe('the sheet of the ward', () => {
  it('draws every trace within its own box', () => {
    const { renderer, context, lay, feed } = rig()
    lay(traceAt(1, 0), traceAt(2, WIDTH / 2))
    feed('p1', 4)
    feed('p2', 4)
    renderer.draw(START + 5000)
    const columns = context.fillRect.mock.calls.map(([x]) => x)
    expect(Math.max(...columns)).toBeLessThan(WIDTH - 10)
    expect(columns.some((x) => x >= WIDTH / 2 - 10 && x < WIDTH / 2)).toBe(false)
    for (const [, y, , height] of context.fillRect.mock.calls) {
      expect(y).toBeGreaterThanOrEqual(10)
      expect(y + height).toBeLessThanOrEqual(90)
    }
  })

  it('draws in a frame only what is new: a column or two of each trace', () => {
    const { renderer, context, lay, feed } = rig()
    lay(traceAt(1, 0))
    feed('p1', 4)
    renderer.draw(START + 5000)
    context.fillRect.mockClear()
    for (let frame = 1; frame <= 30; frame += 1) {
      context.fillRect.mockClear()
      renderer.draw(START + 5000 + frame * (1000 / 60))
      expect(context.fillRect.mock.calls.length).toBeLessThanOrEqual(2)
    }
  })

  it('shows the same pixels frame by frame as at once', () => {
    const [slow, fast] = [rig(), rig()]
    for (const { lay, feed } of [slow, fast]) {
      lay(traceAt(1, 0))
      feed('p1', 4)
    }
    for (let at = START + 3000; at <= START + 5000; at += 16) slow.renderer.draw(at)
    fast.renderer.draw(START + 5000)
    expect([...slow.lit].sort()).toEqual([...fast.lit].sort())
  })

  it('does not turn back, nor draw anew, when the server’s clock is measured a little earlier', () => {
    const { renderer, context, lay, feed, state } = rig()
    lay(traceAt(1, 0))
    feed('p1', 4)
    renderer.draw(START + 5000)
    context.clearRect.mockClear()
    state({ clockOffsetMs: -80 })
    renderer.draw(START + 5016)
    expect(context.clearRect).not.toHaveBeenCalled()
    renderer.draw(START + 5200)
    expect(context.clearRect.mock.calls.every(([, , width]) => width < 60)).toBe(true)
  })

  it('stands still where nothing is current or nobody looks, and draws a new layout as it stood', () => {
    const { renderer, context, lit, lay, feed, state } = rig()
    lay(traceAt(1, 0))
    feed('p1', 6)
    renderer.draw(START + 5000)
    const before = [...lit].sort()
    state({ frozen: true })
    renderer.draw(START + 6000)
    expect([...lit].sort()).toEqual(before)
    context.clearRect(0, 0, WIDTH, 100)
    lay(traceAt(1, 0))
    renderer.draw(START + 6500)
    expect([...lit].sort()).toEqual(before)
    state({ visible: false })
    context.fillRect.mockClear()
    renderer.draw(START + 7000)
    expect(context.fillRect).not.toHaveBeenCalled()
  })

  it('tells the gain of an ECG once', () => {
    const { renderer, reports, lay, feed } = rig()
    lay(traceAt(7, 0))
    feed('p7', 4)
    renderer.draw(START + 5000)
    renderer.draw(START + 5100)
    expect(reports).toEqual([{ id: 7, gainMmPerMv: expect.any(Number) as number }])
  })

  it('shows nothing of who was there before, once it is told to forget', () => {
    const { renderer, lit, lay, feed } = rig()
    lay(traceAt(1, 0))
    feed('p1', 4)
    renderer.draw(START + 5000)
    expect(lit.size).toBeGreaterThan(0)
    renderer.handle({ kind: 'forget' })
    renderer.draw(START + 5016)
    expect(lit.size).toBe(0)
  })
})
