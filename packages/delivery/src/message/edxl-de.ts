import type { TargetOf } from '@pulsewire/contracts'
import { create } from 'xmlbuilder2'
import { appendAlert, capTime, gravityOf, messageTypeOf, type MessageType } from './cap.ts'
import type { Subject } from './subject.ts'

// OASIS EDXL Distribution Element 2.0 (CS02, 2013): http://docs.oasis-open.org/emergency/edxl-de/v2.0/
const DE_NAMESPACE = 'urn:oasis:names:tc:emergency:EDXL:DE:2.0'
const XLINK_NAMESPACE = 'http://www.w3.org/1999/xlink'
const CT_NAMESPACE = 'urn:oasis:names:tc:emergency:edxl:ct:1.0'

/** After that nobody needs the message any more. */
const EXPIRES_AFTER_MS = 24 * 3_600_000

const KINDS: Readonly<Record<MessageType, string>> = { Alert: 'Report', Update: 'Update', Cancel: 'Cancel' }

/** A CAP message in an EDXL-DE 2.0 envelope. */
export function edxlMessage(subject: Subject, target: TargetOf<'cap'>): string {
  const { delivery, notice } = subject
  const isTest = delivery.cause === 'test'
  const document = create({ version: '1.0', encoding: 'UTF-8' })
  const root = document.ele(DE_NAMESPACE, 'edxlDistribution')
  root.att(XLINK_NAMESPACE, 'xlink:type', 'extended')
  const put = (parent: typeof root, name: string, text: string): void => void parent.ele(DE_NAMESPACE, name).txt(text)
  put(root, 'distributionID', delivery.id)
  put(root, 'senderID', target.sender)
  put(root, 'dateTimeSent', capTime(delivery.createdAt))
  put(root, 'dateTimeExpires', capTime(delivery.createdAt + EXPIRES_AFTER_MS))
  put(root, 'distributionStatus', isTest ? 'Test' : target.status)
  put(root, 'distributionKind', KINDS[messageTypeOf(delivery)])
  const descriptor = root.ele(DE_NAMESPACE, 'descriptor')
  put(descriptor, 'combinedConfidentiality', 'Classified')
  put(descriptor, 'language', 'en')
  const keyword = descriptor.ele(DE_NAMESPACE, 'keyword')
  keyword.ele(CT_NAMESPACE, 'ValueListURI').txt('urn:pulsewire:alarm-type')
  keyword.ele(CT_NAMESPACE, 'Value').txt(notice.type)
  if (target.addresses !== undefined) {
    const address = descriptor.ele(DE_NAMESPACE, 'explicitAddress')
    put(address, 'explicitAddressScheme', 'cap-address')
    for (const each of target.addresses) put(address, 'explicitAddressValue', each)
  }
  const { urgency, severity, certainty } = gravityOf(subject)
  put(descriptor, 'urgency', urgency)
  put(descriptor, 'severity', severity)
  put(descriptor, 'certainty', certainty)
  put(descriptor, 'incidentID', delivery.alarm)
  const content = root.ele(DE_NAMESPACE, 'content').ele(DE_NAMESPACE, 'contentObject')
  appendAlert(content.ele(DE_NAMESPACE, 'contentXML').ele(DE_NAMESPACE, 'embeddedXMLContent'), subject, target)
  return document.end({ prettyPrint: true })
}
