import { errorCodeOf } from '@pulsewire/contracts'
import { openEmbeddedVitalsStore } from '../embedded/open.ts'
import { block, message, point, T0, writeOf } from './samples.ts'

/**
 * A process to be killed (kill.test.ts): goes on from where the store stands, writes message after message, prints the offset after
 * each write that was acknowledged, and seals all the while.
 * Its second argument makes each message larger by so many points.
 */
const directory = process.argv[2]
if (directory === undefined) throw new Error('usage: kill-writer DIRECTORY')
const ballast = Number(process.argv[3] ?? 0)
const store = await openEmbeddedVitalsStore({ directory })
const [position] = await store.positions(['telemetry'])
let sealing: Promise<void> | undefined

for (let offset = position?.offset ?? 0; ; offset += 3) {
  const messages = [0, 1, 2].map((step) => {
    const time = T0 + (offset + step) * 1000
    return message(offset + step, {
      vitals: [
        point({ time, value: offset + step }),
        ...Array.from({ length: ballast }, (_, index) =>
          point({ code: 'activity', time: time + index, value: Math.random() }),
        ),
      ],
      waveforms: [block({ start: time, samples: Int16Array.of(offset + step) })],
    })
  })
  try {
    await store.write(writeOf(messages))
  } catch (error) {
    // No room (no-space.test.ts): said, and the end.
    process.stdout.write(`${errorCodeOf(error)}\n`)
    break
  }
  process.stdout.write(`${offset + 3}\n`)
  if (ballast === 0 && offset % 60 === 0) {
    sealing ??= store.maintain({ force: true }).finally(() => {
      sealing = undefined
    })
  }
}
process.exit(0)
