import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { decodeUplink } from '@pulsewire/codec'

const folder = fileURLToPath(new URL('../../../docs/devices/examples/esp32-ecg', import.meta.url))
const hasCompiler = spawnSync('g++', ['--version']).status === 0

const PROGRAM = `
#include <cstdio>
#include "pulsewire_cbor.h"
int main() {
  int16_t samples[250];
  for (int i = 0; i < 250; i++) samples[i] = static_cast<int16_t>(i * 260 - 32500);
  samples[7] = -32768;
  uint8_t buffer[700];
  size_t length = writeEcgBlock(buffer, sizeof buffer, "0123456789abcdef", 70000, 1760000000000LL, 1760000001020LL, 250, "ecg.II", 0.000732, 2048, samples, 250);
  fwrite(buffer, 1, length, stdout);
  return writeEcgBlock(buffer, 600, "0123456789abcdef", 1, 1, 1, 250, "ecg.II", 1, 0, samples, 250) == 0 ? 0 : 1;
}
`

it.runIf(hasCompiler)('the payload writer of the ESP32 example writes what the codec reads', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-esp32-'))
  try {
    const [source, program] = [join(directory, 'main.cpp'), join(directory, 'main')]
    writeFileSync(source, PROGRAM)
    execFileSync('g++', ['-std=c++11', '-Wall', '-Wextra', '-Werror', '-I', folder, '-o', program, source])
    const { uplink } = decodeUplink('waveform', execFileSync(program))
    const samples = Int16Array.from({ length: 250 }, (_, index) => (index === 7 ? -32768 : index * 260 - 32500))
    expect(uplink.message).toEqual({
      boot: '0123456789abcdef',
      seq: 70_000,
      at: 1_760_000_000_000,
      sent: 1_760_000_001_020,
      rateHz: 250,
      signals: [{ name: 'ecg.II', unit: 'mV', scale: 0.000732, offset: 2048, samples }],
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
