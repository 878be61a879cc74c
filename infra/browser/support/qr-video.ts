import { writeFileSync } from 'node:fs'
import encodeQR from 'qr'

const WIDTH = 640
const HEIGHT = 480
const MODULE_PIXELS = 8
const FRAMES_A_SECOND = 4
/** Each code is in sight for so long, seconds; then the next, over and over. */
const SHOWN_S = 2

/** Luma of a picture with a QR code in its middle. */
export function qrLuma(text: string): Uint8Array {
  const luma = new Uint8Array(WIDTH * HEIGHT).fill(200)
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const side = rows.length * MODULE_PIXELS
  const left = Math.floor((WIDTH - side) / 2)
  const top = Math.floor((HEIGHT - side) / 2)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const dark = rows[Math.floor(y / MODULE_PIXELS)]?.[Math.floor(x / MODULE_PIXELS)] === true
      luma[(top + y) * WIDTH + left + x] = dark ? 20 : 235
    }
  }
  return luma
}

/** Writes a film (YUV4MPEG2) for Chromium's fake camera in which the codes follow each other. */
export function writeQrVideo(path: string, texts: readonly string[]): void {
  const chroma = new Uint8Array((WIDTH * HEIGHT) / 2).fill(128)
  const parts: Uint8Array[] = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_A_SECOND}:1 Ip A1:1 C420\n`)]
  for (const text of texts) {
    const luma = qrLuma(text)
    for (let frame = 0; frame < SHOWN_S * FRAMES_A_SECOND; frame++) parts.push(Buffer.from('FRAME\n'), luma, chroma)
  }
  writeFileSync(path, Buffer.concat(parts))
}
