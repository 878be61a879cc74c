import { describe, expect, it } from 'vitest'
import { block, message, point, T0, writeOf } from '../testing/samples.ts'
import { type Subject, RANGE } from './subject.ts'

/** Blocks: joined, cut, paged, sample for sample. */
export function describeWaveforms(subject: Subject): void {
  describe('waveforms', () => {
    const ramp = (start: number, length = 250) => Int16Array.from({ length }, (_, index) => start + index)
    const read = async (
      query: { from?: number; to?: number; limit?: number; signals?: string[]; device?: string } = {},
    ) => subject.store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...RANGE, ...query })

    it('come back sample for sample, adjacent blocks joined, in any order of arrival', async () => {
      const blocks = [2, 0, 1].map((second) => block({ start: T0 + second * 1000, samples: ramp(second * 250) }))
      await subject.store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
      const { signals } = await read({ signals: ['ecg.II', 'ppg'] })
      expect(signals).toEqual([
        {
          signal: 'ecg.II',
          segments: [
            { device: 'd1', start: T0, rateHz: 250, unit: 'mV', scale: 0.005, offset: 0, samples: ramp(0, 750) },
          ],
        },
        { signal: 'ppg', segments: [] },
      ])
    })

    it('stay apart at gaps, and where rate, scale or device differ; rounding to ms is no gap', async () => {
      // 125 samples at 360 Hz last 347.2 ms.
      const starts = [0, 347, 694, 2000]
      const blocks = starts.map((ms) => block({ start: T0 + ms, rateHz: 360, samples: ramp(0, 125) }))
      const odd = [block({ start: T0 + 1042, scale: 0.01 }), block({ device: 'd2' })]
      await subject.store.write(
        writeOf([...blocks, ...odd].map((one, offset) => message(offset, { waveforms: [one] }))),
      )
      const segments = (await read()).signals[0]?.segments ?? []
      const summary = segments.map(({ start, samples, device, scale }) => [start - T0, samples.length, device, scale])
      expect(summary).toHaveLength(4)
      expect(summary).toEqual(
        expect.arrayContaining([
          [0, 375, 'd1', 0.005],
          [2000, 125, 'd1', 0.005],
          [1042, 250, 'd1', 0.01],
          [0, 250, 'd2', 0.005],
        ]),
      )
      expect((await read({ device: 'd2' })).signals[0]?.segments).toHaveLength(1)
    })

    it('hold the extremes and missing samples of int16', async () => {
      const samples = Int16Array.from([-32768, 32767, -32767, 0, -32768])
      await subject.store.write(writeOf([message(0, { waveforms: [block({ samples })] })]))
      expect((await read()).signals[0]?.segments[0]?.samples).toEqual(samples)
    })

    it('are served once where a block was stored twice; of two with the same start the last counts', async () => {
      await subject.store.write(writeOf([message(0, { waveforms: [block({ samples: ramp(0) })] })]))
      await subject.store.write(writeOf([message(1, { waveforms: [block({ samples: ramp(7) })] })]))
      const segments = (await read()).signals[0]?.segments
      expect(segments?.map(({ samples }) => samples)).toEqual([ramp(7)])
    })

    it('are cut to the range, a block that began before it included', async () => {
      await subject.store.write(writeOf([message(0, { waveforms: [block({ samples: ramp(0) })] })]))
      const [segment] = (await read({ from: T0 + 400, to: T0 + 420 })).signals[0]?.segments ?? []
      expect(segment).toMatchObject({ start: T0 + 400, samples: ramp(100, 5) })
    })

    it('come in pages that together hold each sample once', async () => {
      const seconds = [0, 1, 2, 3, 4, 5]
      const blocks = seconds.flatMap((second) => [
        block({ start: T0 + second * 1000, samples: ramp(second * 250) }),
        block({ signal: 'ppg', start: T0 + second * 1000 + 480, rateHz: 100, samples: ramp(second * 100, 100) }),
      ])
      await subject.store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
      for (const limit of [1, 300, 700, 10_000]) {
        const seen = { 'ecg.II': [] as number[], ppg: [] as number[] }
        let from: number | undefined = RANGE.from
        while (from !== undefined) {
          const page: Awaited<ReturnType<typeof read>> = await read({ from, limit, signals: ['ecg.II', 'ppg'] })
          for (const { signal, segments } of page.signals) {
            if (signal === 'ecg.II' || signal === 'ppg')
              seen[signal].push(...segments.flatMap(({ samples }) => [...samples]))
          }
          from = page.next
        }
        expect(seen['ecg.II']).toEqual([...ramp(0, 1500)])
        expect(seen.ppg).toEqual([...ramp(0, 600)])
      }
    })

    describe('as envelopes', () => {
      const envelopes = async (query: { everyMs: number; from?: number; to?: number; limit?: number }) =>
        subject.store.envelopes({ patient: 'p1', signals: ['ecg.II'], ...RANGE, ...query })

      it('have the lowest and the highest sample of each window, and lose no spike', async () => {
        const samples = new Int16Array(250)
        samples[77] = 900
        samples[78] = -300
        await subject.store.write(writeOf([message(0, { waveforms: [block({ samples })] })]))
        const { signals } = await envelopes({ everyMs: 40 })
        const [segment] = signals[0]?.segments ?? []
        expect(segment).toMatchObject({ start: T0, everyMs: 40, rateHz: 250, unit: 'mV', scale: 0.005, device: 'd1' })
        expect([...(segment?.high ?? [])]).toEqual(Array.from({ length: 25 }, (_, i) => (i === 7 ? 900 : 0)))
        expect([...(segment?.low ?? [])]).toEqual(Array.from({ length: 25 }, (_, i) => (i === 7 ? -300 : 0)))
      })

      it('keep gaps: between blocks segments, within them windows without a value', async () => {
        const samples = ramp(0).fill(-32768, 50, 100)
        const blocks = [block({ samples }), block({ start: T0 + 5000, samples: ramp(0) })]
        await subject.store.write(
          writeOf([message(0, { waveforms: blocks.slice(0, 1) }), message(1, { waveforms: blocks.slice(1) })]),
        )
        const segments = (await envelopes({ everyMs: 200 })).signals[0]?.segments ?? []
        expect(segments.map(({ start, low, high }) => [start - T0, [...low], [...high]])).toEqual([
          [0, [0, -32768, 100, 150, 200], [49, -32768, 149, 199, 249]],
          [5000, [0, 50, 100, 150, 200], [49, 99, 149, 199, 249]],
        ])
      })

      it('are cut to the range, aligned to 1970, and come in pages that together have each window once', async () => {
        const blocks = [0, 1, 2, 3].map((second) => block({ start: T0 + second * 1000, samples: ramp(second * 250) }))
        await subject.store.write(writeOf(blocks.map((one, offset) => message(offset, { waveforms: [one] }))))
        const whole = (await envelopes({ everyMs: 300, from: T0 + 100, to: T0 + 3500 })).signals[0]?.segments ?? []
        expect(whole.map(({ start, low }) => [start - T0, low[0], low.length])).toEqual([[0, 25, 12]])
        for (const limit of [1, 300, 700]) {
          const windows: [number, number, number][] = []
          let from: number | undefined = T0 + 100
          while (from !== undefined) {
            const page: Awaited<ReturnType<typeof envelopes>> = await envelopes({
              everyMs: 300,
              from,
              to: T0 + 3500,
              limit,
            })
            for (const { start, low, high } of page.signals[0]?.segments ?? []) {
              low.forEach((value, i) => windows.push([start + i * 300 - T0, value, high[i] ?? Number.NaN]))
            }
            from = page.next
          }
          const [one] = whole
          expect(windows).toEqual(Array.from(one?.low ?? [], (value, i) => [i * 300, value, one?.high[i]]))
        }
      })

      it('of a width that makes no sense are refused', async () => {
        for (const everyMs of [0, -5, 2.5, 60_001]) {
          await expect(envelopes({ everyMs })).rejects.toMatchObject({ code: 'PW_REQUEST_INVALID' })
        }
      })
    })

    it('and codes are listed by the catalogue', async () => {
      await subject.store.write(writeOf([message(0, { waveforms: [block()], vitals: [point()] })]))
      expect(await subject.store.catalogue({ patient: 'p1', ...RANGE })).toEqual({
        signals: ['ecg.II'],
        codes: ['heartRate'],
      })
      expect(await subject.store.catalogue({ patient: 'p2', ...RANGE })).toEqual({ signals: [], codes: [] })
    })
  })
}
