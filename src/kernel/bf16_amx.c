/* bf16_amx.c - the product of bfloat16 pairs on AMX, Intel's tile registers: 32 by 32 elements of C
 * in four of them, two of A, two of B.
 *
 *                  6: b, 16 pairs   7: b
 *                  by 16 columns
 *     4: a, 16     0: c             1: c
 *     rows of      16 by 16
 *     16 pairs
 *     5: a         2: c             3: c
 *
 * The system grants the registers' state to a process that asks (Linux 5.16, arch_prctl). */
#include "kernel/bf16.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ISA __attribute__((target("amx-tile,amx-bf16")))

enum { SIDE = 32, HALF = 16 };

typedef struct configuration { /* as LDTILECFG reads it */
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes[16]; /* of a row */
  uint8_t rows[16];
} configuration;

/* Every tile has 16 rows of 64 bytes; edges are padded. Once per thread. */
ISA static void configure(void) {
  static _Thread_local bool done;
  if (done) return;
  configuration c;
  memset(&c, 0, sizeof c);
  c.palette = 1;
  for (int i = 0; i < 8; i++) c.bytes[i] = 64, c.rows[i] = 16;
  _tile_loadconfig(&c);
  done = true;
}

/* C's tile, or its start, in a full square: rows and columns that are not there are 0. */
static void load_square(float *square, const aei_bf16_tile *t) {
  memset(square, 0, SIDE * SIDE * sizeof *square);
  for (int i = 0; t->start && i < t->rows; i++)
    for (int j = 0; j < t->columns; j++)
      square[i * SIDE + j] = t->beta * t->start[i * t->start_row + j];
}

ISA static void run(const aei_bf16_tile *t) {
  _Alignas(64) float square[SIDE * SIDE];
  const size_t c_step = SIDE * sizeof *square;
  configure();
  load_square(square, t);
  _tile_loadd(0, square, c_step);
  _tile_loadd(1, square + HALF, c_step);
  _tile_loadd(2, square + HALF * SIDE, c_step);
  _tile_loadd(3, square + HALF * SIDE + HALF, c_step);
  const size_t a_step = (size_t)t->a_row * 4, b_step = (size_t)t->panel * 4;
  for (int64_t p = 0; p < t->pairs; p += AEI_PAIRS) {
    const uint32_t *a = t->a + p, *b = t->b + p * t->panel;
    _tile_loadd(4, a, a_step);
    _tile_loadd(6, b, b_step);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b + HALF, b_step);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, a + HALF * t->a_row, a_step);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, square, c_step);
  _tile_stored(1, square + HALF, c_step);
  _tile_stored(2, square + HALF * SIDE, c_step);
  _tile_stored(3, square + HALF * SIDE + HALF, c_step);
  for (int i = 0; i < t->rows; i++)
    memcpy(t->c + i * t->c_row, square + i * SIDE, (size_t)t->columns * sizeof *square);
}

/* Whether the processor has the tiles, and the kernel lets this process use them. */
static bool granted(void) {
  enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  if (!(d & (1u << 22)) || !(d & (1u << 24))) return false; /* AMX-BF16, AMX-TILE */
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const aei_bf16_path *aei_bf16_amx(void) {
  static const aei_bf16_path path = {"bf16 (amx)", SIDE, SIDE, run};
  return aei_bf16_avx512() && granted() ? &path : NULL; /* packing is AVX512_BF16's */
}

#else

const aei_bf16_path *aei_bf16_amx(void) { return NULL; }

#endif
