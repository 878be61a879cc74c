import type { AlarmRuleChange, Finding, RuleSet } from '@pulsewire/contracts'

/** Gives findings the priorities that candidate rules would give them. */
export interface RuleGate {
  /** A finding as the rules in force have it; answers it as the candidate has it. */
  take(finding: Finding): Finding
  /** Event time has passed: what has waited long enough asks for its alarm. */
  advance(timeMs: number): Finding[]
}

interface Followed {
  finding: Finding
  /** It asked for an alarm once: that is not taken back. */
  asked: boolean
}

/**
 * Streaming, in event time, with the memory of what is open. The candidate may only change what asks for an alarm by the rules in force: what
 * these do not find, or hold to be contradicted, stays so.
 */
export function createRuleGate(rules: RuleSet): RuleGate {
  const open = new Map<string, Followed>()

  const judged = (finding: Finding, atMs: number): Finding => {
    const rule = rules.alarms?.[finding.type]
    if (rule === undefined || finding.priority === undefined) return finding
    const asked = open.get(finding.id)?.asked ?? false
    const against = asked ? undefined : whatSpeaksAgainst(rule, finding, atMs)
    if (finding.status === 'open') open.set(finding.id, { finding, asked: against === undefined })
    else open.delete(finding.id)
    if (against === undefined) {
      const priority = rule.priority === undefined || rule.priority === 'none' ? finding.priority : rule.priority
      return { ...finding, priority }
    }
    const { priority: _none, ...rest } = finding
    return { ...rest, evidence: { ...finding.evidence, suppressed: `rule ${rules.name}: ${against}` } }
  }

  return {
    take: (finding) =>
      judged(finding, finding.status === 'ended' ? (finding.end ?? finding.seenUntil) : finding.seenUntil),
    advance: (timeMs) =>
      [...open.values()]
        .filter(({ asked }) => !asked)
        .map(({ finding }) => judged({ ...finding, seenUntil: Math.max(finding.seenUntil, timeMs) }, timeMs))
        .filter(({ priority }) => priority !== undefined),
  }
}

function whatSpeaksAgainst(rule: AlarmRuleChange, finding: Finding, atMs: number): string | undefined {
  const { priority, afterS = 0, minConfidence = 0, minQuality = 0 } = rule
  if (priority === 'none') return 'no alarm'
  if (finding.confidence < minConfidence) return `confidence ${finding.confidence} below ${minConfidence}`
  if (finding.quality < minQuality) return `signal quality ${finding.quality} below ${minQuality}`
  return atMs - finding.onset < afterS * 1_000 ? `shorter than ${afterS} s` : undefined
}
