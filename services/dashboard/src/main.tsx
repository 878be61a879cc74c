import { render } from 'preact'
import { createStation } from './station.ts'
import { App } from './ui/app.tsx'
import { listenToHand } from './ui/hand.ts'
import { StationContext } from './ui/hooks.ts'
import { restoreTheme } from './ui/theme.ts'

restoreTheme()
listenToHand()
const root = document.getElementById('app')
if (!root) throw new Error('The page has no place for the app')
render(
  <StationContext.Provider value={createStation()}>
    <App />
  </StationContext.Provider>,
  root,
)
