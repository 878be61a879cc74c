/** Dark by default; light for daylight and print; remembered on this screen. */
export type Theme = 'dark' | 'light'
const KEY = 'pulsewire-theme'

export function currentTheme(): Theme {
  return document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark'
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  localStorage.setItem(KEY, theme)
  dispatchEvent(new Event('themechange'))
}

export function restoreTheme(): void {
  document.documentElement.dataset['theme'] = localStorage.getItem(KEY) === 'light' ? 'light' : 'dark'
}
