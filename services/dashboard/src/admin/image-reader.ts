/** Finds a code in a picture. */
export interface ImageReader {
  /** The text of a code in it, if there is one. */
  read(source: CanvasImageSource, width: number, height: number): Promise<string | undefined>
}

/** Of the browser's own reader, what is used (Shape Detection; not in TypeScript's library). */
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

/** Codes on labels and wristbands. */
const FORMATS = ['qr_code', 'code_128', 'data_matrix']
/** More pixels make it slower and find no more. */
const MOST_PIXELS = 1280 * 960

/** The browser's own reader, which also reads bar codes; else one in JavaScript for QR codes, loaded now. */
export async function createReader(): Promise<ImageReader> {
  const own = await ownDetector()
  if (own) {
    return { read: async (source) => (await own.detect(source)).find(({ rawValue }) => rawValue !== '')?.rawValue }
  }
  const { default: decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('this browser draws nothing')
  return {
    read: async (source, width, height) => {
      await Promise.resolve()
      const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)))
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
      context.drawImage(source, 0, 0, canvas.width, canvas.height)
      try {
        return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height))
      } catch {
        // Its way of saying that there is no code in the picture.
        return undefined
      }
    },
  }
}

async function ownDetector(): Promise<Detector | undefined> {
  if (!('BarcodeDetector' in globalThis)) return undefined
  const Own = Reflect.get(globalThis, 'BarcodeDetector') as DetectorClass
  const supported = await Own.getSupportedFormats()
  const formats = FORMATS.filter((format) => supported.includes(format))
  return formats.includes('qr_code') ? new Own({ formats }) : undefined
}
