/* philox.h - Philox4x32-10: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3
 * (SC'11). A block of four words is a function of a counter and a key.
 */
#ifndef AEI_PHILOX_H
#define AEI_PHILOX_H

#include <stdint.h>

typedef struct philox_block {
  uint32_t w0, w1, w2, w3;
} philox_block;

/* The counter of the engine's streams: 64 of its 128 bits. */
static inline philox_block philox_start(uint64_t counter) {
  return (philox_block){(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0};
}

static inline philox_block philox_round(philox_block b, uint32_t key0, uint32_t key1) {
  const uint64_t p0 = (uint64_t)b.w0 * 0xD2511F53u;
  const uint64_t p1 = (uint64_t)b.w2 * 0xCD9E8D57u;
  return (philox_block){(uint32_t)(p1 >> 32) ^ b.w1 ^ key0, (uint32_t)p1,
                        (uint32_t)(p0 >> 32) ^ b.w3 ^ key1, (uint32_t)p0};
}

/* Ten rounds, written out so that compilers vectorise the loop around them. */
static inline philox_block philox10(philox_block b, uint64_t key) {
  const uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  const uint32_t s0 = 0x9E3779B9u, s1 = 0xBB67AE85u; /* the golden ratio, sqrt(3) - 1 */
  b = philox_round(b, k0, k1);
  b = philox_round(b, k0 + s0, k1 + s1);
  b = philox_round(b, k0 + 2 * s0, k1 + 2 * s1);
  b = philox_round(b, k0 + 3 * s0, k1 + 3 * s1);
  b = philox_round(b, k0 + 4 * s0, k1 + 4 * s1);
  b = philox_round(b, k0 + 5 * s0, k1 + 5 * s1);
  b = philox_round(b, k0 + 6 * s0, k1 + 6 * s1);
  b = philox_round(b, k0 + 7 * s0, k1 + 7 * s1);
  b = philox_round(b, k0 + 8 * s0, k1 + 8 * s1);
  return philox_round(b, k0 + 9 * s0, k1 + 9 * s1);
}

#endif
