import type { Scenario } from '../physiology/scenario.ts'

/** The foot electrode comes off and is put back. */
export const leadOff: Scenario = {
  name: 'lead-off',
  title: 'An electrode comes off',
  leads: ['II', 'V2', 'V5'],
  segments: [
    { durationS: 40, set: { electrodesOff: [] } },
    { durationS: 60, set: { electrodesOff: ['LL'] } },
    { durationS: 80, set: { electrodesOff: [] } },
  ],
  repeat: true,
}

/** The same once, for half a minute, after some minutes of calm. */
export const leadOffOnce: Scenario = {
  name: 'lead-off-once',
  title: 'An electrode comes off once',
  leads: ['II', 'V2', 'V5'],
  segments: [
    { durationS: 240, set: { electrodesOff: [] } },
    { durationS: 30, set: { electrodesOff: ['LL'] } },
    { durationS: 60, set: { electrodesOff: [] } },
  ],
}

/** The battery runs down, and the node goes dark without a word. */
export const flatBattery: Scenario = {
  name: 'flat-battery',
  title: 'The battery runs flat',
  leads: ['II', 'V2', 'V5'],
  from: { battery: 14 },
  segments: [{ durationS: 30 }, { durationS: 150, to: { battery: 3 } }, { durationS: 60, to: { battery: 0 } }],
}

/** The link breaks and comes back at random, and once is gone for a whole minute. */
export const badLink: Scenario = {
  name: 'bad-link',
  title: 'A bad radio link',
  leads: ['II', 'V2', 'V5'],
  segments: [
    { durationS: 30, set: { link: 'good' } },
    { durationS: 120, set: { link: 'bad' } },
    { durationS: 60, set: { link: 'down' } },
    { durationS: 90, set: { link: 'good' } },
  ],
  repeat: true,
}
