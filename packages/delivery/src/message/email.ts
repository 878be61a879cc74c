import { headlineOf, utcText, whomOf, type Subject } from './subject.ts'

export interface Email {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const HOW_TO_ANSWER = 'Confirming says that you have seen this message. The alarm itself is acknowledged on a screen.'

/** An alarm as an e-mail, in plain text and as HTML. */
export function emailOf(subject: Subject): Email {
  const { notice, confirmUrl, patientUrl } = subject
  const facts: readonly (readonly [string, string])[] = [
    ['What', notice.message],
    ['Who', whomOf(subject)],
    ['Priority', notice.priority],
    ['Since', utcText(notice.onset)],
    ...(notice.addressedTo === undefined ? [] : [['Called', notice.addressedTo] as const]),
  ]
  const links: readonly (readonly [string, string])[] = [
    ...(confirmUrl === undefined ? [] : [['Confirm that you have seen it', confirmUrl] as const]),
    ...(patientUrl === undefined ? [] : [['Open the patient', patientUrl] as const]),
  ]
  const text = [
    ...facts.map(([name, value]) => `${name}: ${value}`),
    '',
    ...links.map(([what, url]) => `${what}: ${url}`),
    ...(confirmUrl === undefined ? [] : ['', HOW_TO_ANSWER]),
    '',
  ].join('\n')
  const rows = facts.map(([name, value]) => `<tr><th align="left">${escape(name)}</th><td>${escape(value)}</td></tr>`)
  const buttons = links.map(
    ([what, url]) =>
      `<p><a href="${escape(url)}" style="display:inline-block;padding:12px 20px;background:#1d4ed8;color:#ffffff;text-decoration:none">${escape(what)}</a></p>`,
  )
  const html = `<!doctype html><html lang="en"><body><table>${rows.join('')}</table>${buttons.join('')}${
    confirmUrl === undefined ? '' : `<p>${HOW_TO_ANSWER}</p>`
  }</body></html>`
  return { subject: headlineOf(subject).slice(0, 200), text, html }
}

/** Text in HTML or in an attribute. */
function escape(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (found) => names[found] ?? found)
}
