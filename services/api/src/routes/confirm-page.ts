/** A page of its own, without a session, a script, or anything of the patient: the phone that it is opened on may be anybody's. */
function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`
}

/** Asks before it confirms: what reads links in mails must confirm nothing. */
export function askPage(): string {
  return page(
    'Have you seen the alarm?',
    `<form method="post"><p><button type="submit">I have seen it</button></p></form>
<p>This says that the message reached you. The alarm itself is acknowledged on a screen.</p>`,
  )
}

export function donePage(): string {
  return page('Thank you', '<p>Your receipt is noted. The alarm itself is acknowledged on a screen.</p>')
}

/** @param why plain words of ours */
export function refusedPage(why: string): string {
  return page('Nothing to confirm', `<p>${why}</p>`)
}
