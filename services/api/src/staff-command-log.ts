import { randomUUID } from 'node:crypto'
import { staffCommand, type StaffCommand } from '@pulsewire/contracts'
import type { ApiContext } from './context.ts'

type WithoutStamp<C> = C extends StaffCommand ? Omit<C, 'id' | 'at'> : never

/** Appends what staff asked for, with an id and the time; resolves when it is durable. */
export async function appendStaffCommand(
  { log, now }: Pick<ApiContext, 'log' | 'now'>,
  command: WithoutStamp<StaffCommand>,
): Promise<StaffCommand> {
  const stamped = staffCommand.parse({ ...command, id: randomUUID(), at: now() })
  const value = Buffer.from(JSON.stringify(stamped))
  await log.append('staff-commands', [{ key: stamped.patient, headers: { type: stamped.type }, value }])
  return stamped
}
