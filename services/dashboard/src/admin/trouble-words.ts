import type { Answer } from '../api/client.ts'

export type Trouble = Answer<'GET /devices/{id}/trouble'>['trouble'][number]

const REFUSED: Readonly<Record<string, string>> = {
  PW_DEVICE_UNKNOWN: 'It tried to sign in with a wrong password. Copy the password again, or make a new one.',
  PW_DEVICE_DISABLED: 'It tried to sign in, but it is disabled here. Enable it, and it is let in.',
  PW_CLIENT_ID_FOREIGN:
    'Its password was right, but its MQTT client id is another one: the client id must be the device id.',
}

const QUARANTINED: Readonly<Record<string, string>> = {
  PW_PAYLOAD_EMPTY: 'It sent an empty message.',
  PW_PAYLOAD_TOO_LARGE: 'It sent a message of more than 256 KiB: send shorter blocks.',
  PW_PAYLOAD_NOT_JSON: 'It sent something that is not JSON. (In a shell, mind the quotes.)',
  PW_PAYLOAD_NOT_CBOR: 'It sent something that is not CBOR.',
  PW_PAYLOAD_INVALID: 'It sent a message whose fields are not as the contract says',
  PW_SIGNALS_UNEQUAL: 'It sent a block whose signals differ in length.',
  PW_TOPIC_UNKNOWN: 'It published to a topic that does not exist',
  PW_TOPIC_FOREIGN: 'It published to the topic of another device',
  PW_SEQ_REUSED:
    'It used a message number (seq) twice for different content: count up, and begin a new `boot` at each power-on.',
  PW_CLOCK_OFF: 'Its clock is off',
}

/** What went wrong, and what to do, in a sentence. */
export function troubleWords({
  what,
  code,
  detail,
  topic,
}: Pick<Trouble, 'what' | 'code' | 'detail' | 'topic'>): string {
  if (what === 'refused') return REFUSED[code] ?? `It was not let in (${code}).`
  const said = QUARANTINED[code] ?? `It sent something that could not be taken (${code})`
  if (said.endsWith('.') || said.endsWith(')')) return said
  const more = code.startsWith('PW_TOPIC') ? topic : detail
  return more === undefined || more === '' ? `${said}.` : `${said}: ${more}.`
}
