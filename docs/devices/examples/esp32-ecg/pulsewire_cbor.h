// Pulsewire uplink payloads in CBOR (RFC 8949), written into a buffer of the caller; no allocation, no library. Plain C++11: compiles on a PC too.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

class CborWriter {
 public:
  CborWriter(uint8_t *buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  // The bytes written, or 0 where the buffer was too small.
  size_t size() const { return overflow_ ? 0 : size_; }

  void map(uint32_t pairs) { head(5, pairs); }
  void array(uint32_t items) { head(4, items); }
  void integer(int64_t value) { value < 0 ? head(1, static_cast<uint64_t>(-1 - value)) : head(0, static_cast<uint64_t>(value)); }
  void text(const char *value) {
    const size_t length = strlen(value);
    head(3, length);
    bytes(reinterpret_cast<const uint8_t *>(value), length);
  }
  void number(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    put(0xfb);
    for (int shift = 56; shift >= 0; shift -= 8) put(static_cast<uint8_t>(bits >> shift));
  }
  // RFC 8746, tag 77: a typed array of int16, little-endian.
  void int16s(const int16_t *samples, size_t count) {
    head(6, 77);
    head(2, count * 2);
    for (size_t i = 0; i < count; i++) {
      const uint16_t sample = static_cast<uint16_t>(samples[i]);
      put(static_cast<uint8_t>(sample & 0xff));
      put(static_cast<uint8_t>(sample >> 8));
    }
  }

 private:
  void head(uint8_t major, uint64_t value) {
    const uint8_t type = static_cast<uint8_t>(major << 5);
    if (value < 24) return put(static_cast<uint8_t>(type | value));
    int size = value <= 0xff ? 0 : value <= 0xffff ? 1 : value <= 0xffffffffULL ? 2 : 3;
    put(static_cast<uint8_t>(type | (24 + size)));
    for (int shift = 8 * (1 << size) - 8; shift >= 0; shift -= 8) put(static_cast<uint8_t>(value >> shift));
  }
  void bytes(const uint8_t *from, size_t count) {
    for (size_t i = 0; i < count; i++) put(from[i]);
  }
  void put(uint8_t byte) {
    if (size_ < capacity_) buffer_[size_++] = byte;
    else overflow_ = true;
  }

  uint8_t *buffer_;
  size_t capacity_;
  size_t size_ = 0;
  bool overflow_ = false;
};

// One block of one ECG lead. Returns the bytes written, 0 where `capacity` is too small (2 bytes a sample and 160 more are enough).
inline size_t writeEcgBlock(uint8_t *buffer, size_t capacity, const char *boot, uint32_t seq, int64_t atMs, int64_t sentMs, double rateHz,
                            const char *lead, double scaleMv, int32_t offset, const int16_t *samples, size_t count) {
  CborWriter cbor(buffer, capacity);
  cbor.map(6);
  cbor.text("boot"), cbor.text(boot);
  cbor.text("seq"), cbor.integer(seq);
  cbor.text("at"), cbor.integer(atMs);
  cbor.text("sent"), cbor.integer(sentMs);
  cbor.text("rateHz"), cbor.number(rateHz);
  cbor.text("signals"), cbor.array(1);
  cbor.map(5);
  cbor.text("name"), cbor.text(lead);
  cbor.text("unit"), cbor.text("mV");
  cbor.text("scale"), cbor.number(scaleMv);
  cbor.text("offset"), cbor.integer(offset);
  cbor.text("samples"), cbor.int16s(samples, count);
  return cbor.size();
}
