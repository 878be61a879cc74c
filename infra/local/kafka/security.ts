import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { requireTools, run } from '../command.ts'

/** How clients must connect. */
export interface KafkaSecurity {
  /** `mutual`: clients show a certificate too. */
  readonly tls?: 'server' | 'mutual'
  readonly sasl?: KafkaUser
}

/** How somebody signs in. */
export type KafkaUser = Extract<SASLOptions, { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' }>

/** PEM texts for a client: whom to trust, and (for mutual TLS) what to show. */
export interface ClientTls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface SecuredListener {
  readonly settings: Readonly<Record<string, string>>
  /** Further arguments of `StorageTool format`: SCRAM's users are part of the metadata. */
  readonly format: readonly string[]
  readonly client: Pick<KafkaConfig, 'ssl' | 'sasl'>
  readonly tls?: ClientTls
}

const CA_DAYS = '3650'

/** What the broker and its clients need for this security; certificates are made in `directory` once. */
export async function secureListener(directory: string, { tls, sasl }: KafkaSecurity): Promise<SecuredListener> {
  const protocol = sasl === undefined ? 'SSL' : tls === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL'
  const certificates = tls === undefined ? undefined : await makeCertificates(join(directory, 'tls'))
  return {
    settings: {
      'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:${protocol}`,
      ...(certificates === undefined ? {} : tlsSettings(certificates.directory, tls === 'mutual')),
      ...(sasl === undefined ? {} : saslSettings(sasl)),
    },
    format: sasl === undefined || sasl.mechanism === 'plain' ? [] : ['--add-scram', scramUser(sasl)],
    client: {
      ...(certificates === undefined ? {} : { ssl: sslOf(certificates.client, tls === 'mutual') }),
      // A copy: kafkajs keeps its authenticator, password and all, in this object.
      ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    },
    ...(certificates === undefined ? {} : { tls: certificates.client }),
  }
}

function sslOf({ ca, cert, key }: ClientTls, mutual: boolean): Exclude<KafkaConfig['ssl'], undefined | boolean> {
  return mutual ? { ca: [ca], cert, key } : { ca: [ca] }
}

function tlsSettings(directory: string, mutual: boolean): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(directory, 'server-chain.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(directory, 'ca.pem'),
    'ssl.client.auth': mutual ? 'required' : 'none',
  }
}

function saslSettings({ mechanism, username, password }: KafkaUser): Record<string, string> {
  const prefix = 'org.apache.kafka.common.security'
  const plain = `${prefix}.plain.PlainLoginModule required user_${username}="${password}";`
  return {
    'listener.name.client.sasl.enabled.mechanisms': mechanism.toUpperCase(),
    [`listener.name.client.${mechanism}.sasl.jaas.config`]:
      mechanism === 'plain' ? plain : `${prefix}.scram.ScramLoginModule required;`,
  }
}

function scramUser({ mechanism, username, password }: KafkaUser): string {
  return `${mechanism.toUpperCase()}=[name=${username},password=${password}]`
}

/** An authority, and by it one certificate for the server on the loopback and one for a client. */
async function makeCertificates(directory: string): Promise<{ directory: string; client: ClientTls }> {
  const at = (name: string): string => join(directory, name)
  if (!existsSync(at('client.pem'))) {
    requireTools(['openssl'], 'Making certificates for a Kafka with TLS')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', CA_DAYS]
    const make = (name: string, further: readonly string[]): Promise<string> =>
      run('openssl', [...request, '-subj', `/CN=pulsewire ${name}`, '-keyout', at(`${name}.key`), ...further])
    await make('ca', ['-out', at('ca.pem')])
    const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=critical,CA:false']
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    await make('server', [...signed, ...names, '-out', at('server.pem')])
    writeFileSync(
      at('server-chain.pem'),
      readFileSync(at('server.key'), 'utf8') + readFileSync(at('server.pem'), 'utf8'),
    )
    await make('client', [...signed, '-out', at('client.pem')])
  }
  const [ca, cert, key] = ['ca.pem', 'client.pem', 'client.key'].map((name) => readFileSync(at(name), 'utf8'))
  if (ca === undefined || cert === undefined || key === undefined) throw new Error(`no certificates in ${directory}`)
  return { directory, client: { ca, cert, key } }
}
