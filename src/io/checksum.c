/* checksum.c - cyclic redundancy checks: zlib's for tensors, Castagnoli's for event files. */
#include "io/io.h"

#include <zlib.h>

ae_status ae_checksum(uint32_t *out, const ae_tensor *t) {
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, t, &copy));
  size_t n = (size_t)ae_nelement(c) * ae_type_size(c->type);
  *out = (uint32_t)(n > 0 ? crc32_z(0, ae_data(c), n) : 0);
  ae_tensor_clear(&copy);
  return AE_OK;
}

/* Bit by bit: an event file takes kilobytes an epoch. */
uint32_t aei_crc32c(uint32_t crc, const void *data, size_t n) {
  const uint8_t *byte = data;
  crc = ~crc;
  for (size_t i = 0; i < n; i++) {
    crc ^= byte[i];
    for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0x82F63B78 & (0u - (crc & 1)));
  }
  return ~crc;
}
