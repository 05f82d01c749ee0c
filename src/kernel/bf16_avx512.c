/* bf16_avx512.c - packing into bfloat16, and tiles with AVX512_BF16's product of pairs. A float is
 * rounded to the nearest, ties to even; denormals count as zero. */
#include "kernel/bf16.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define ISA    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define INLINE __attribute__((always_inline)) ISA static inline

enum { ROWS = 8, VECTORS = 3, WIDTH = 16 };

/* ---- packing ---- */

INLINE __mmask16 first(int64_t n) {
  return n >= 16 ? 0xffff : n <= 0 ? 0 : (__mmask16)((1u << n) - 1);
}

INLINE __m512i rounded(__m512 x) { /* 16 numbers, each in the low half of 32 bits */
  return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
}

/* Lane i: the pair of low[i] and high[i]. */
INLINE __m512i paired(__m512 low, __m512 high) {
  return _mm512_or_si512(rounded(low), _mm512_slli_epi32(rounded(high), 16));
}

/* 32 numbers in order, of which n are there: 16 pairs. */
INLINE __m512i pairs_along(const float *x, int64_t n, __m512 alpha) {
  const __m512 low = _mm512_mul_ps(alpha, _mm512_maskz_loadu_ps(first(n), x));
  const __m512 high = n > 16 ? _mm512_mul_ps(alpha, _mm512_maskz_loadu_ps(first(n - 16), x + 16))
                             : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* The transpose of 16 rows of 16 lanes, by halves: 1, 2, 4 and 8 lanes at a time. */
INLINE void transpose(__m512i r[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 16; i += 8) {
    for (int j = 0; j < 4; j++) {
      t[i + j] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0x88);
      t[i + j + 4] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0xdd);
    }
  }
  for (int j = 0; j < 8; j++) {
    r[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
    r[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
  }
}

/* 16 lines of up to 16 pairs along k: to[l * line + q * pair]; lines are `line` apart in `from`,
 * k's elements `step`. What is not there is 0. */
INLINE void lines_of_pairs(__m512i r[16], int64_t lines, int64_t k, const float *from, int64_t line,
                           int64_t step, __m512 alpha) {
  float copy[32];
  for (int64_t l = 0; l < 16; l++) {
    r[l] = _mm512_setzero_si512();
    if (l >= lines) continue;
    const float *x = from + l * line;
    if (step != 1) {
      for (int64_t p = 0; p < k && p < 32; p++) copy[p] = x[p * step];
      x = copy;
    }
    r[l] = pairs_along(x, k, alpha);
  }
}

/* 16 pairs, each for up to 16 lines that lie side by side: r[q] has pair q of all lines. */
INLINE void pairs_of_lines(__m512i r[16], int64_t lines, int64_t k, const float *from, int64_t step,
                           __m512 alpha) {
  const __mmask16 there = first(lines);
  for (int64_t q = 0; q < 16; q++) {
    __m512 low = _mm512_setzero_ps(), high = low;
    if (2 * q < k) low = _mm512_maskz_loadu_ps(there, from + 2 * q * step);
    if (2 * q + 1 < k) high = _mm512_maskz_loadu_ps(there, from + (2 * q + 1) * step);
    r[q] = paired(_mm512_mul_ps(alpha, low), _mm512_mul_ps(alpha, high));
  }
}

ISA void aei_bf16_pack_a(int64_t rows, int64_t k, uint32_t *to, int64_t to_row, const float *from,
                         int64_t row, int64_t column, float alpha) {
  const __m512 factor = _mm512_set1_ps(alpha);
  for (int64_t i = 0; i < rows; i += 16) {
    for (int64_t p = 0; p < k; p += 32) {
      __m512i r[16];
      const float *x = from + i * row + p * column;
      if (row == 1 && column != 1) {
        pairs_of_lines(r, rows - i, k - p, x, column, factor);
        transpose(r);
      } else {
        lines_of_pairs(r, rows - i, k - p, x, row, column, factor);
      }
      for (int64_t l = 0; l < 16 && i + l < rows; l++)
        _mm512_storeu_si512(to + (i + l) * to_row + p / 2, r[l]);
    }
  }
}

ISA void aei_bf16_pack_b(int64_t k, int64_t columns, uint32_t *to, int64_t panel, const float *from,
                         int64_t row, int64_t column) {
  const __m512 one = _mm512_set1_ps(1);
  for (int64_t j = 0; j < columns; j += 16) {
    for (int64_t p = 0; p < k; p += 32) {
      __m512i r[16];
      const float *x = from + p * row + j * column;
      if (column == 1) {
        pairs_of_lines(r, columns - j, k - p, x, row, one);
      } else {
        lines_of_pairs(r, columns - j, k - p, x, column, row, one);
        transpose(r);
      }
      for (int64_t q = 0; q < 16; q++) _mm512_storeu_si512(to + (p / 2 + q) * panel + j, r[q]);
    }
  }
}

/* ---- tiles ---- */

INLINE void multiply(const int m, const int v, const aei_bf16_tile *t) {
  __m512 sum[ROWS][VECTORS];
  __mmask16 there[VECTORS];
  for (int j = 0; j < v; j++) there[j] = first(t->columns - 16 * j);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < v; j++) {
      sum[i][j] = _mm512_setzero_ps();
      if (!t->start) continue;
      sum[i][j] = _mm512_maskz_loadu_ps(there[j], t->start + i * t->start_row + 16 * j);
      if (t->beta != 1) sum[i][j] = _mm512_mul_ps(_mm512_set1_ps(t->beta), sum[i][j]);
    }
  }
  const uint32_t *a = t->a, *b = t->b;
  for (int64_t p = 0; p < t->pairs; p++, a++, b += t->panel) {
    __m512bh column[VECTORS];
    for (int j = 0; j < v; j++) column[j] = (__m512bh)_mm512_loadu_si512(b + 16 * j);
    for (int i = 0; i < m; i++) {
      const __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[i * t->a_row]);
      for (int j = 0; j < v; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], x, column[j]);
    }
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < v; j++)
      _mm512_mask_storeu_ps(t->c + i * t->c_row + 16 * j, there[j], sum[i][j]);
}

#define TILE(m, v) \
  ISA static void tile_##m##_##v(const aei_bf16_tile *t) { multiply(m, v, t); }
#define TILES(X)    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define TILE_ROW(m) TILE(m, 1) TILE(m, 2) TILE(m, 3)
#define NAME_ROW(m) {tile_##m##_1, tile_##m##_2, tile_##m##_3},
TILES(TILE_ROW)

static void run(const aei_bf16_tile *t) {
  static void (*const tiles[ROWS][VECTORS])(const aei_bf16_tile *) = {TILES(NAME_ROW)};
  tiles[t->rows - 1][(t->columns - 1) / WIDTH](t);
}

const aei_bf16_path *aei_bf16_avx512(void) {
  static const aei_bf16_path path = {"bf16 (avx512)", ROWS, VECTORS * WIDTH, run};
  unsigned a, b, c, d;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")) return NULL;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a & (1u << 5))) return NULL;
  return &path;
}

#else

const aei_bf16_path *aei_bf16_avx512(void) { return NULL; }
void aei_bf16_pack_a(int64_t rows, int64_t k, uint32_t *to, int64_t to_row, const float *from,
                     int64_t row, int64_t column, float alpha) {
  (void)rows, (void)k, (void)to, (void)to_row, (void)from, (void)row, (void)column, (void)alpha;
}
void aei_bf16_pack_b(int64_t k, int64_t columns, uint32_t *to, int64_t panel, const float *from,
                     int64_t row, int64_t column) {
  (void)k, (void)columns, (void)to, (void)panel, (void)from, (void)row, (void)column;
}

#endif
