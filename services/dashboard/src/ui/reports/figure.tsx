import type { ComponentChildren } from 'preact'

/** A figure of a report, with what it means beside it. */
export function Figure({ label, value, meaning }: { label: string; value: ComponentChildren; meaning: string }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>
        <strong>{value}</strong>
        <span class="meaning">{meaning}</span>
      </dd>
    </div>
  )
}

/** What a report says while it is fetched, or why it cannot be. */
export function ReportState({ busy, problem, what }: { busy: boolean; problem: string; what: string }) {
  if (problem !== '')
    return (
      <p class="problem" role="alert">
        {what} could not be loaded: {problem}
      </p>
    )
  return (
    <p class="report-state" role="status">
      {busy ? `Working out ${what.toLowerCase()}…` : ''}
    </p>
  )
}

/** A share as a bar beside its figure: the figure says it, the bar lets columns be compared. */
export function ShareBar({ share }: { share: number | undefined }) {
  if (share === undefined) return null
  return (
    <svg class="share-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="share-whole" width="100" height="10" />
      <rect class="share-part" width={Math.max(0, Math.min(1, share)) * 100} height="10" />
    </svg>
  )
}
