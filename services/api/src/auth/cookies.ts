export const SESSION_COOKIE = 'pulsewire_session'

/** The value of our cookie in a Cookie header. */
export function sessionCookieOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  for (const part of header.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).trim() === SESSION_COOKIE) return part.slice(equals + 1).trim()
  }
  return undefined
}

/** A Set-Cookie that keeps the session for `maxAgeSeconds` (0 = forget it): HTTP-only, same-site. */
export function setSessionCookie(token: string, maxAgeSeconds: number, secure: boolean): string {
  const attributes = [
    `Max-Age=${maxAgeSeconds}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ]
  return [`${SESSION_COOKIE}=${token}`, ...attributes].join('; ')
}
