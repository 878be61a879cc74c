import { useEffect, useState } from 'preact/hooks'
import { useStation } from './hooks.ts'

const NOTICE_MS = 8000

/** What went wrong just now, in words. */
export function Notices() {
  const station = useStation()
  const [text, setText] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = station.onNotice((next) => {
      setText(next)
      clearTimeout(timer)
      timer = setTimeout(() => setText(''), NOTICE_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [station])
  return (
    <div class="notices" role="alert">
      {text}
    </div>
  )
}
