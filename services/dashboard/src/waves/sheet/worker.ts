import type { SheetMessage } from './messages.ts'
import { createSheetRenderer } from './renderer.ts'

// The ward's waves are drawn here: what the page does meanwhile (sixty-four tiles, a list that is loaded) stops no sweep.
const renderer = createSheetRenderer((report) => postMessage(report))
addEventListener('message', (event: MessageEvent<SheetMessage>) => renderer.handle(event.data))
const loop = () => {
  requestAnimationFrame(loop)
  renderer.draw(Date.now())
}
requestAnimationFrame(loop)
