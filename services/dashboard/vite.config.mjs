import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

/** Everything external (no inline scripts, styles or data URLs), so that the strictest content security policy holds. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact({ prefreshEnabled: false, devToolsEnabled: false })],
  build: {
    outDir: 'dist-web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    target: 'es2022',
  },
  server: { proxy: { '/api': { target: process.env.PULSEWIRE_API ?? 'http://127.0.0.1:8080', ws: true } } },
})
