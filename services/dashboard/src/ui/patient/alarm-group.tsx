import type { AlarmGroup } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { mostUrgent } from '../../alarms/order.ts'
import { alarmTitle } from '../../alarms/words.ts'
import { AcknowledgeButton } from '../acknowledge-button.tsx'
import { AlarmCard } from './alarm-card.tsx'

/** What has one cause: the card of the cause, and the others of it, which unfold. */
export function AlarmGroupCards({ group, bed, now }: { group: AlarmGroup; bed: string; now: number }) {
  const { cause } = group
  const others = group.members.slice(1)
  if (others.length === 0) return <AlarmCard alarm={cause} bed={bed} now={now} />
  const waiting = others.filter(needsAcknowledgement).length
  const titles = [...new Set(others.map(alarmTitle))].join(', ')
  return (
    <section class="alarm-group" aria-label={`${alarmTitle(cause)}, ${group.members.length} alarms of one cause`}>
      <AlarmCard alarm={cause} bed={bed} now={now} />
      {/* What is more urgent than its cause stays in sight. */}
      <details open={mostUrgent(group).priority !== cause.priority}>
        <summary>
          {others.length} more of the same cause: {titles}
          {waiting > 0 ? `, ${waiting} not acknowledged` : ''}
        </summary>
        {others.map((alarm) => (
          <AlarmCard key={alarm.id} alarm={alarm} bed={bed} now={now} />
        ))}
      </details>
      <AcknowledgeButton alarm={cause} also={others} bed={bed} />
    </section>
  )
}
