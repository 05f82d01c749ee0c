/* Products in bfloat16: every factor rounded to 8 bits, sums in float. Held against sums in double
 * of the rounded factors; where the processor has no such instructions, that it says so. AMX's part
 * is run with its instructions played by the functions below, so that it is tested on any
 * AVX512_BF16 machine: the tiles' places, steps and edges, though not the instructions themselves.
 */
#include "kernel/bf16.h"

#include <stdlib.h>

#include "values.h"

enum { SIZE = 200000 };
static float a_data[SIZE], b_data[SIZE], c_data[SIZE], again[SIZE], packed[2 * SIZE];

/* ---- AMX, played ---- */

#if defined(__x86_64__) && defined(__linux__)
static struct { unsigned char row[16][64]; } tile[8];

static void play_load(int t, const void *from, size_t step) {
  for (int i = 0; i < 16; i++) memcpy(tile[t].row[i], (const char *)from + (size_t)i * step, 64);
}
static void play_store(int t, void *to, size_t step) {
  for (int i = 0; i < 16; i++) memcpy((char *)to + (size_t)i * step, tile[t].row[i], 64);
}
static float widened(uint16_t x) {
  const uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}
static void play_product(int c, int a, int b) {
  for (int i = 0; i < 16; i++) {
    for (int j = 0; j < 16; j++) {
      float sum;
      memcpy(&sum, tile[c].row[i] + 4 * j, 4);
      for (int p = 0; p < 16; p++) {
        uint16_t x[2], y[2];
        memcpy(x, tile[a].row[i] + 4 * p, 4);
        memcpy(y, tile[b].row[p] + 4 * j, 4);
        for (int h = 0; h < 2; h++) sum += widened(x[h]) * widened(y[h]);
      }
      memcpy(tile[c].row[i] + 4 * j, &sum, 4);
    }
  }
}
#include <immintrin.h>
#undef _tile_loadconfig
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#define _tile_loadconfig(c)        ((void)(c))
#define _tile_loadd(t, from, step) play_load(t, from, step)
#define _tile_stored(t, to, step)  play_store(t, to, step)
#define _tile_dpbf16ps(c, a, b)    play_product(c, a, b)
#define aei_bf16_amx               played_amx
const aei_bf16_path *played_amx(void);
#include "kernel/bf16_amx.c"
#undef aei_bf16_amx
static const aei_bf16_path played = {"played", SIDE, SIDE, run};
#endif

/* ---- against double ---- */

static double bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000U;
  memcpy(&x, &bits, sizeof x);
  return (double)x;
}

static void check_element(const aei_gemm *g, int64_t i, int64_t j, double before) {
  const float *a = (const float *)g->a + i * g->a_row, *b = (const float *)g->b + j * g->b_col;
  double want = g->beta * before, size = fabs(want);
  for (int64_t p = 0; p < g->k; p++) {
    const double term = bf16((float)g->alpha * a[p * g->a_col]) * bf16(b[p * g->b_row]);
    want += term;
    size += fabs(term);
  }
  const double got = (double)((float *)g->c)[i * g->c_row + j * g->c_col];
  CHECK_NEAR(got, want, 1e-7 * (2 + (double)g->k) * (size + 1e-6));
}

static void check_product(const aei_gemm *g, bool pack) {
  memcpy(c_data, b_data, sizeof c_data);
  aei_gemm with = *g;
  if (pack) {
    CHECK(aei_gemm_packed_count(AE_FLOAT, g->k, g->n) <= 2 * SIZE);
    aei_gemm_pack(AE_FLOAT, g, packed);
    with.packed_b = packed;
  }
  aei_gemm_run(AE_FLOAT, &with);
  for (int64_t i = 0; i < g->m; i++) {
    for (int64_t j = 0; j < g->n; j++) {
      const double before = g->start ? (double)((const float *)g->start)[j]
                                     : (double)b_data[i * g->c_row + j * g->c_col];
      check_element(g, i, j, before);
    }
  }
}

static void check_shape(int64_t m, int64_t n, int64_t k, int layout, bool pack) {
  const bool ta = layout & 1, tb = layout & 2, tc = layout & 4, bias = layout & 8;
  const int64_t step = layout & 64 ? 2 : 1; /* no line is contiguous */
  const aei_gemm g = {.m = m,
                      .n = n,
                      .k = k,
                      .alpha = layout & 16 ? -0.3 : 1,
                      .beta = bias          ? 1
                              : layout & 32 ? 0.5
                                            : 0,
                      .a = a_data,
                      .a_row = ta ? 1 : step * (k + 2),
                      .a_col = ta ? m + 1 : step,
                      .b = b_data,
                      .b_row = tb ? 1 : step * (n + 3),
                      .b_col = tb ? k : step,
                      .c = c_data,
                      .c_row = tc ? 1 : n,
                      .c_col = tc ? m : 1,
                      .start = bias ? a_data : NULL,
                      .start_col = 1};
  check_product(&g, pack);
}

static bool begin(void) {
  uint64_t seed = 4;
  for (int i = 0; i < SIZE; i++) {
    a_data[i] = (float)(2 * next_unit(&seed) - 1);
    b_data[i] = (float)(2 * next_unit(&seed) - 1);
  }
  CHECK_OK(ae_set_matmul_precision("bf16"));
  if (strcmp(ae_matmul_precision(), "float32") != 0) return true;
  CHECK(!aei_bf16_avx512() && !aei_bf16_amx());
  return false;
}

static void check_shapes(void) {
  uint64_t state = 9;
  for (int i = 0; i < 150; i++) {
    const int m = next_int(&state, 1, i % 4 ? 70 : 4), n = next_int(&state, 1, i % 5 ? 120 : 3);
    check_shape(m, n, next_int(&state, i % 20 ? 1 : 0, 90), next_int(&state, 0, 127), i % 3 == 0);
  }
  check_shape(5, 60, 2500, 0, false); /* several blocks of k */
  check_shape(5, 60, 2501, 8, true);
  check_shape(700, 20, 33, 1, false);
  check_shape(20, 700, 33, 4, false);
}

TEST(bf16_products_are_those_of_rounded_factors) {
  if (begin()) check_shapes();
  CHECK_OK(ae_set_matmul_precision("float32"));
}

#if defined(__x86_64__) && defined(__linux__)
TEST(bf16_tiles_of_amx_are_placed_right) {
  if (!begin() || !aei_bf16_avx512()) return;
  const int threads = ae_threads();
  CHECK_OK(ae_set_threads(1)); /* there is one set of played tiles */
  aei_bf16_use(&played);
  check_shapes();
  CHECK_OK(ae_set_threads(threads));
  CHECK_OK(ae_set_matmul_precision("float32"));
  (void)granted;
}
#endif

TEST(bf16_products_do_not_depend_on_threads) {
  const int threads = ae_threads();
  if (begin()) {
    for (int n = 1; n <= 3; n++) {
      CHECK_OK(ae_set_threads(n));
      check_shape(190, 130, 300, 8, false);
      if (n > 1) CHECK(memcmp(c_data, again, sizeof again) == 0);
      memcpy(again, c_data, sizeof again);
    }
  }
  CHECK_OK(ae_set_threads(threads));
  CHECK_OK(ae_set_matmul_precision("float32"));
}

TEST(the_precision_of_products_has_two_names) {
  CHECK_FAILS(ae_set_matmul_precision("half"), AE_EARG, "neither float32 nor bf16");
  CHECK(strcmp(ae_matmul_precision(), "float32") == 0);
}
