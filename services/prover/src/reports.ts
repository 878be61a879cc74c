import { encodeJson } from '@pulsewire/codec'
import {
  PROOF_WORDS,
  SYSTEM_PATIENT,
  findingId,
  type Finding,
  type ProofRecord,
  type ProofStage,
} from '@pulsewire/contracts'
import { openSystemFindings, type EventLog, type LogRecord } from '@pulsewire/event-log'

const RULE = { name: 'proof', version: '1' }

/** That a stage of the way is broken, as a finding of the system: so that it rings, and goes where alarms go. */
export function brokenFinding(stage: ProofStage, since: number, now: number): Finding {
  return {
    id: findingId(SYSTEM_PATIENT, 'system', since, `proof-${stage}`),
    type: 'system',
    patient: SYSTEM_PATIENT,
    status: 'open',
    onset: since,
    seenUntil: now,
    late: false,
    confidence: 1,
    quality: 1,
    priority: stage === 'recorder' ? 'medium' : 'high',
    message: PROOF_WORDS[stage],
    evidence: { stage, lastProofAt: since },
    rule: RULE,
  }
}

export function mended(finding: Finding, now: number): Finding {
  return { ...finding, status: 'ended', end: now, seenUntil: now }
}

export function findingRecord(finding: Finding): LogRecord {
  return { key: finding.patient, headers: { kind: 'finding' }, value: encodeJson(finding) }
}

export function proofRecordOf(proof: ProofRecord): LogRecord {
  return { key: SYSTEM_PATIENT, headers: { kind: 'proof' }, value: encodeJson(proof) }
}

/** What an earlier prover said to be broken, and did not live to take back. */
export function findingsLeftOpen(log: EventLog, onError: (error: Error) => void): Promise<Finding[]> {
  return openSystemFindings(log, RULE.name, onError)
}
