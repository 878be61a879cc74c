import { render } from 'preact'
import { createStation } from './station.ts'
import { App } from './ui/app.tsx'
import { StationContext } from './ui/hooks.ts'
import { restoreTheme } from './ui/theme.ts'

restoreTheme()
const root = document.getElementById('app')
if (!root) throw new Error('The page has no place for the app')
render(
  <StationContext.Provider value={createStation()}>
    <App />
  </StationContext.Provider>,
  root,
)
