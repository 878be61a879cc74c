import { createTemplates } from '@pulsewire/fleet'

/** What the fleet sends: blocks of 250 samples of one lead, and five vitals; as CBOR. */
export const { blocks, vitals } = createTemplates()

/** Stamped as a device would. */
export function payloadOf(index: number, seq: number): Buffer {
  const template = index % 2 === 0 ? blocks[(index >> 1) % blocks.length] : vitals
  if (template === undefined) throw new Error('no template')
  const bytes = Buffer.from(template.bytes)
  const at = 1_760_000_000_000 + seq
  template.stamp(bytes, 0, { boot: 'bench-boot-00001', seq, at, sent: at })
  return bytes
}

export const kindOf = (index: number): 'waveform' | 'vitals' => (index % 2 === 0 ? 'waveform' : 'vitals')
