import type { AlarmPriority } from '@pulsewire/contracts'

/** A shape for each priority, so that nobody needs colour: triangle = high, diamond = medium, ring = low. */
export function PriorityShape({ priority }: { priority: AlarmPriority }) {
  return (
    <svg class={`shape shape-${priority}`} viewBox="0 0 16 16" aria-hidden="true">
      {priority === 'high' && <path d="M8 1 15.5 15H.5z" />}
      {priority === 'medium' && <path d="M8 .5 15.5 8 8 15.5.5 8z" />}
      {priority === 'low' && <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="3" />}
    </svg>
  )
}

export function BellIcon({ off }: { off: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M10 2a5 5 0 0 0-5 5v4l-2 3h14l-2-3V7a5 5 0 0 0-5-5zM8 16a2 2 0 0 0 4 0z" />
      {off && <path d="M2 2l16 16" stroke="currentColor" stroke-width="2.5" />}
    </svg>
  )
}

export function BatteryIcon({ percent }: { percent: number }) {
  return (
    <svg class="icon" viewBox="0 0 22 12" role="img" aria-label={`battery ${Math.round(percent)} %`}>
      <rect x="0.75" y="0.75" width="18" height="10.5" rx="2" fill="none" stroke="currentColor" stroke-width="1.5" />
      <rect x="20" y="3.5" width="2" height="5" />
      <rect x="2.5" y="2.5" width={(Math.max(0, Math.min(100, percent)) / 100) * 14.5} height="7" />
    </svg>
  )
}
