import {
  commandMessage,
  noticeMessage,
  PulsewireError,
  type CommandMessage,
  type NoticeMessage,
} from '@pulsewire/contracts'
import { decodeCbor, decodeJson, encodingOf } from '@pulsewire/codec'

function parse(payload: Uint8Array): unknown {
  return encodingOf(payload) === 'cbor' ? decodeCbor(payload) : decodeJson(payload)
}

/** What came down, read by its schema; `undefined` where it is not readable: a node does nothing that it does not understand. */
export function readDownlink(
  kind: 'command' | 'notice',
  payload: Uint8Array,
): { command: CommandMessage } | { notice: NoticeMessage } | undefined {
  try {
    const value = parse(payload)
    if (kind === 'command') {
      const command = commandMessage.safeParse(value)
      return command.success ? { command: command.data } : undefined
    }
    const notice = noticeMessage.safeParse(value)
    return notice.success ? { notice: notice.data } : undefined
  } catch (error) {
    if (error instanceof PulsewireError) return undefined
    throw error
  }
}

export interface CommandAnswer {
  readonly result: 'done' | 'refused' | 'expired'
  readonly detail?: string
}

/** How many answers are remembered: commands are sent again until they are answered, and must not be done twice. */
const REMEMBERED = 100

/** Carries out each command once, and answers each time that it comes. */
export function createCommandDesk(actions: Readonly<Record<string, () => void>>): {
  answer(command: CommandMessage, nowMs: number): CommandAnswer
} {
  const answers = new Map<string, CommandAnswer>()
  const decide = (command: CommandMessage, nowMs: number): CommandAnswer => {
    if (command.expiresAt < nowMs) return { result: 'expired' }
    const action = Object.hasOwn(actions, command.type) ? actions[command.type] : undefined
    if (action === undefined) return { result: 'refused', detail: `this node cannot ${command.type}` }
    action()
    return { result: 'done' }
  }
  return {
    answer(command, nowMs) {
      const known = answers.get(command.id)
      if (known !== undefined) return known
      const answer = decide(command, nowMs)
      answers.set(command.id, answer)
      const oldest = answers.keys().next().value
      if (answers.size > REMEMBERED && oldest !== undefined) answers.delete(oldest)
      return answer
    },
  }
}
