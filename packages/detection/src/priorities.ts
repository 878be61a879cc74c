import type { AlarmPriority, FindingType } from '@pulsewire/contracts'

/** How a type of finding alarms by default, and why. */
export interface AlarmRule {
  readonly priority: AlarmPriority
  /** Version of the rule that finds it: part of every finding, so that an alarm can be traced to what raised it. */
  readonly version: string
  readonly source: string
}

/**
 * The priorities, after IEC 60601-1-8 (severity × how soon harm comes: irreversible and immediate or prompt = high, delayed = medium;
 * reversible = medium or low) [K: the standard's text was not at hand; to be confirmed by the ward]. A rule may go above or below
 * where its module says so: `limit` (grossly out = high), `hypoglycaemia` (< 54 mg/dL = high), `news2` (5 to 6 = medium).
 */
export const ALARM_RULES: Readonly<Record<FindingType, AlarmRule>> = {
  asystole: { priority: 'high', version: '2', source: 'CinC 2015: no QRS for 4 s' },
  'ventricular-fibrillation': { priority: 'high', version: '3', source: 'CinC 2015: flutter or fibrillation for 4 s' },
  'ventricular-tachycardia': {
    priority: 'high',
    version: '3',
    source: 'CinC 2015: 5 ventricular beats above 100 /min',
  },
  'extreme-bradycardia': { priority: 'high', version: '2', source: 'CinC 2015: below 40 /min for 5 beats' },
  'extreme-tachycardia': { priority: 'high', version: '2', source: 'CinC 2015: above 140 /min for 17 beats' },
  bradycardia: { priority: 'medium', version: '2', source: 'IEC 60601-1-8: prompt, reversible' },
  tachycardia: { priority: 'medium', version: '2', source: 'IEC 60601-1-8: prompt, reversible' },
  pause: { priority: 'medium', version: '2', source: 'IEC 60601-1-8: prompt, reversible' },
  'atrial-fibrillation': { priority: 'medium', version: '2', source: 'ESC 2020: 30 s; IEC 60601-1-8: delayed' },
  'av-block': {
    priority: 'low',
    version: '1',
    source: 'a hint, a finding only: PR above 200 ms, or P waves without a complex',
  },
  'ventricular-bigeminy': { priority: 'low', version: '1', source: 'a finding only: three cycles and more' },
  'ventricular-trigeminy': { priority: 'low', version: '1', source: 'a finding only: three cycles and more' },
  'idioventricular-rhythm': {
    priority: 'low',
    version: '1',
    source: 'a finding only: five ventricular beats in a row at 30 to 100 /min',
  },
  'st-episode': {
    priority: 'medium',
    version: '2',
    source: 'European ST-T database protocol; one lead never says STEMI',
  },
  'myocardial-infarction': { priority: 'high', version: '2', source: 'Fourth universal definition, Thygesen 2018' },
  limit: { priority: 'medium', version: '2', source: 'limits of the patient, else of the house' },
  news2: { priority: 'high', version: '2', source: 'RCP 2017: 7 and above = emergency response' },
  'sepsis-risk': { priority: 'medium', version: '2', source: 'NEWS2 ≥ 5 with SIRS or qSOFA; Bone 1992, Singer 2016' },
  trend: { priority: 'low', version: '1', source: 'against the own baseline; below a marked change a finding only' },
  hypoglycaemia: { priority: 'medium', version: '3', source: 'below 70 mg/dL; level 2 below 54' },
  hyperglycaemia: { priority: 'low', version: '2', source: 'above 250 mg/dL; medium above 400' },
  'patient-button': { priority: 'high', version: '1', source: 'the patient asks for help' },
  fall: { priority: 'medium', version: '1', source: 'the device says that the patient fell' },
  'no-data': { priority: 'medium', version: '1', source: 'system.md G8: silence is an alarm' },
  'signal-quality': { priority: 'low', version: '3', source: 'medium where no lead is left to watch' },
  'lead-off': { priority: 'low', version: '1', source: 'medium where no lead is left to watch' },
  'battery-low': { priority: 'low', version: '1', source: 'below 15 %; medium below 5 %' },
  clock: { priority: 'low', version: '1', source: 'system.md G6: the clock is off, its times are corrected' },
  quarantined: { priority: 'low', version: '1', source: 'system.md section 2' },
  system: { priority: 'medium', version: '1', source: 'system.md G8: what cannot see says so' },
  proof: { priority: 'low', version: '1', source: 'the synthetic patient: never shown as an alarm' },
}
