import type { Page } from 'playwright-core'

declare global {
  interface Window {
    ward: {
      /** From the end of a block to its arrival on the page, ms. */
      arrivals: number[]
      /** When the probe's wave changed its level on the screen, epoch ms, and to which. */
      edges: { at: number; up: boolean }[]
      /** When pulses were sounded, epoch ms. */
      pulses: number[]
      stopProbe?: () => void
    }
  }
}

/** Puts listeners into a page before it loads. */
export async function instrument(page: Page): Promise<void> {
  // What a transpiler wraps functions in that are sent to the page.
  await page.addInitScript('globalThis.__name ??= (value) => value')
  await page.addInitScript(() => {
    window.ward = { arrivals: [], edges: [], pulses: [] }
    const Native = WebSocket
    window.WebSocket = class extends Native {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          // Not parsed a second time: what is measured shall not cost what it measures.
          if (typeof data !== 'string' || !data.startsWith('{"type":"waveform"')) return
          const start = Number(/"start":(\d+)/.exec(data)?.[1])
          window.ward.arrivals.push(Date.now() - start - 1000)
        })
      }
    }
    const sound = Reflect.get(OscillatorNode.prototype, 'start')
    OscillatorNode.prototype.start = function (when) {
      window.ward.pulses.push(Date.now())
      sound.call(this, when)
    }
  })
}

/** Looks at the probe's wave in every frame, until `stopProbe`: where its newest column has its line. */
export async function watchProbe(page: Page, patient: string): Promise<void> {
  await page.evaluate((patient) => {
    const place = document.querySelector(`.tile[data-patient="${patient}"] .sweep`)
    const sheet = document.querySelector<HTMLCanvasElement>('.wave-sheet')
    if (!place || !sheet) throw new Error('the probe is not on the screen')
    const [of, box] = [sheet.getBoundingClientRect(), place.getBoundingClientRect()]
    const [width, height] = [Math.floor(box.width), Math.floor(box.height)]
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    if (!copy) throw new Error('no canvas')
    let before: boolean | undefined
    let frame = 0
    const look = () => {
      frame = requestAnimationFrame(look)
      copy.clearRect(0, 0, width, height)
      copy.drawImage(
        sheet,
        Math.ceil(box.left - of.left),
        Math.ceil(box.top - of.top),
        width,
        height,
        0,
        0,
        width,
        height,
      )
      const { data } = copy.getImageData(0, 0, width, height)
      const lineOf = (column: number) => {
        for (let row = 0; row < height; row += 1) if ((data[(row * width + column) * 4 + 3] ?? 0) > 127) return row
        return undefined
      }
      // The newest column lies before the erase bar: before the longest dark run.
      let [newest, longest, run] = [-1, 8, 0]
      for (let step = 0; step < 2 * width; step += 1) {
        const column = step % width
        if (lineOf(column) === undefined) run += 1
        else {
          if (run > longest) [newest, longest] = [(column - run - 1 + 2 * width) % width, run]
          run = 0
        }
      }
      const row = newest < 0 ? undefined : lineOf(newest)
      if (row === undefined) return
      const up = row < height / 2
      if (before !== undefined && up !== before) window.ward.edges.push({ at: Date.now(), up })
      before = up
    }
    window.ward.stopProbe = () => cancelAnimationFrame(frame)
    look()
  }, patient)
}

/** From the publishing of a block (at its end) to its first pixel, ms. The probe's blocks begin on whole seconds, those that go up on even ones. */
export function pixelDelays(edges: readonly { at: number; up: boolean }[]): number[] {
  return edges.map(({ at, up }) => {
    const phaseMs = up ? 0 : 1000
    // The block that began last with this level, 0.5 s at least before it is drawn: what comes earlier was not drawn yet.
    const sinceStart = (((at - phaseMs) % 2000) + 2000) % 2000
    return (sinceStart < 500 ? sinceStart + 2000 : sinceStart) - 1000
  })
}

/** What a page has measured since the last time. */
export async function takeMeasured(page: Page): Promise<{ arrivals: number[]; edges: { at: number; up: boolean }[] }> {
  return page.evaluate(() => {
    const { arrivals, edges } = window.ward
    window.ward.arrivals = []
    window.ward.edges = []
    return { arrivals, edges }
  })
}
