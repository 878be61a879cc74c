import type { CommandAckMessage } from '@pulsewire/contracts'
import type { Answer, Arrival, Outcome } from '@pulsewire/ingest'
import type { TraceSpan, Tracing } from '@pulsewire/runtime'

export interface ReceptionOptions {
  readonly now: () => number
  readonly onCommandAck: (device: string, ack: CommandAckMessage) => void
  readonly tracing: Tracing
  /** What became of a message, and how long its sender waited for that. */
  readonly onOutcome: (outcome: Outcome, tookMs: number) => void
}

/** A message as it came from a device that is signed in. */
export type Sent = Pick<Arrival, 'device' | 'topic' | 'payload' | 'again' | 'through' | 'whole'>

/** A message from its receipt to its acknowledgement, whichever way it takes through the broker. */
export interface Reception {
  readonly arrival: Arrival
  /** It was answered: counts and traces it, and passes on what it says about a command. */
  end(answer: Answer): void
}

export function beginReception(sent: Sent, options: ReceptionOptions): Reception {
  const { device, topic, payload, again, through, whole } = sent
  const began = performance.now()
  const span = options.tracing.root('receive', { device, topic })
  const append = options.tracing.step('append', span?.traceparent)
  return {
    arrival: {
      device,
      topic,
      payload,
      receivedAt: options.now(),
      again,
      through,
      whole,
      traceparent: span?.traceparent,
    },
    end: (answer) => {
      endSpans(answer, append, span)
      if (answer instanceof Error) return
      options.onOutcome(answer, performance.now() - began)
      if (answer.kind === 'stored' && answer.commandAck !== undefined) options.onCommandAck(device, answer.commandAck)
    },
  }
}

function endSpans(answer: Answer, ...spans: readonly (TraceSpan | undefined)[]): void {
  for (const span of spans) span?.end(answer instanceof Error ? answer : undefined)
}
