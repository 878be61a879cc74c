const KEY = 'pulsewire-sound'

/** Whether this screen shall ring: yes, unless whoever signed in here switched it off on purpose. */
export function isSoundWanted(): boolean {
  return localStorage.getItem(KEY) !== 'off'
}

export function setSoundWanted(wanted: boolean): void {
  localStorage.setItem(KEY, wanted ? 'on' : 'off')
}
