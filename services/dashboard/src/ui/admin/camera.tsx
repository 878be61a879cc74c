import { useEffect, useRef, useState } from 'preact/hooks'
import { createReader, type ImageReader } from '../../admin/image-reader.ts'

const LOOK_EVERY_MS = 150
/** The same code in front of the camera counts again after so long. */
const SAME_AGAIN_MS = 3_000

/** The camera's picture, looked at for codes until it is closed; `onCode` gets each text. */
export function Camera({ onCode, onProblem }: { onCode: (text: string) => void; onProblem: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const latest = useRef(onCode)
  latest.current = onCode
  const [running, setRunning] = useState(false)
  useEffect(() => {
    let ended = false
    let stream: MediaStream | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = { text: '', at: 0 }
    const look = async (reader: ImageReader) => {
      const element = video.current
      if (ended || !element) return
      const text =
        element.videoWidth > 0 ? await reader.read(element, element.videoWidth, element.videoHeight) : undefined
      if (text !== undefined && (text !== last.text || Date.now() - last.at > SAME_AGAIN_MS)) latest.current(text)
      if (text !== undefined) last = { text, at: Date.now() }
      timer = setTimeout(() => void look(reader).catch(fail), LOOK_EVERY_MS)
    }
    const fail = (error: unknown) => onProblem(cameraProblem(error))
    const start = async () => {
      const wanted = { facingMode: 'environment', width: { ideal: 1280 } }
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false })
      const element = video.current
      if (ended || !element) return stopTracks(stream)
      element.srcObject = stream
      await element.play()
      setRunning(true)
      await look(await createReader())
    }
    start().catch((error: unknown) => {
      // Closed while it was opening: nothing went wrong.
      if (!ended) fail(error)
    })
    return () => {
      ended = true
      clearTimeout(timer)
      if (stream) stopTracks(stream)
    }
  }, [])
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label="Camera" />
      <p role="status">{running ? 'Hold a code before the camera.' : 'The camera is being opened…'}</p>
    </div>
  )
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError')
    return 'The browser does not let this page see the camera: allow it in the address bar.'
  if (name === 'NotFoundError') return 'There is no camera. Use a hand-held scanner, a picture, or type the id.'
  return `The camera does not work: ${error instanceof Error ? error.message : String(error)}`
}
