import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request comes from our own pages: `unknown` where nothing tells (not a browser). A browser says it by Sec-Fetch-Site,
 * older ones by Origin, neither of which a page can forge.
 */
export function originOf(headers: IncomingHttpHeaders): 'same' | 'foreign' | 'unknown' {
  const site = headers['sec-fetch-site']
  if (typeof site === 'string') return site === 'same-origin' ? 'same' : 'foreign'
  const { origin, host } = headers
  if (origin === undefined) return 'unknown'
  if (host === undefined || !URL.canParse(origin)) return 'foreign'
  return new URL(origin).host === host.toLowerCase() ? 'same' : 'foreign'
}
