/* corner.h - tiles of at most four columns of float on AVX-512, where a vector would be three
 * quarters empty: it holds four rows of C instead. Included by tile.h.
 *
 *     a, 4 elements of 4 rows:   p q r s | p q r s | p q r s | p q r s
 *     for the first k, permuted: p p p p | p p p p | p p p p | p p p p    times b, 4 times
 *                                row 0     row 1     row 2     row 3
 *
 * A must be contiguous along k.
 */

/* Four elements at each of four places, `step` elements apart; only those `there` are read. */
INLINE __m512 load_4x4(const float *x, int64_t step, __mmask8 there) {
  __m512 v = _mm512_castps128_ps512(_mm_maskz_loadu_ps(there, x));
  v = _mm512_insertf32x4(v, _mm_maskz_loadu_ps(there, x + step), 1);
  v = _mm512_insertf32x4(v, _mm_maskz_loadu_ps(there, x + 2 * step), 2);
  return _mm512_insertf32x4(v, _mm_maskz_loadu_ps(there, x + 3 * step), 3);
}

INLINE void store_4x4(float *x, int64_t step, __mmask8 there, __m512 v) {
  _mm_mask_storeu_ps(x, there, _mm512_castps512_ps128(v));
  _mm_mask_storeu_ps(x + step, there, _mm512_extractf32x4_ps(v, 1));
  _mm_mask_storeu_ps(x + 2 * step, there, _mm512_extractf32x4_ps(v, 2));
  _mm_mask_storeu_ps(x + 3 * step, there, _mm512_extractf32x4_ps(v, 3));
}

INLINE __m512 four_times(const float *b, __mmask8 there) {
  return _mm512_broadcast_f32x4(_mm_maskz_loadu_ps(there, b));
}

/* m rows, in groups of four. */
INLINE void multiply_corner(const int m, const aei_tile *t) {
  const __mmask8 there = (__mmask8)((1u << t->count) - 1);
  const float *a = t->a, *b = t->b, *start = t->start;
  const int64_t a_row = t->a_row, b_k = t->b_k;
  __m512 sum[4];
  UNROLL for (int g = 0; g < m / 4; g++) {
    sum[g] =
        start ? load_4x4(start + 4 * g * t->start_row, t->start_row, there) : _mm512_setzero_ps();
    if (start && t->beta != 1) sum[g] = _mm512_mul_ps(_mm512_set1_ps((float)t->beta), sum[g]);
  }
  int64_t p = 0;
  for (; p + 4 <= t->k; p += 4, a += 4, b += 4 * b_k) {
    const __m512 b0 = four_times(b, there), b1 = four_times(b + b_k, there);
    const __m512 b2 = four_times(b + 2 * b_k, there), b3 = four_times(b + 3 * b_k, there);
    UNROLL for (int g = 0; g < m / 4; g++) {
      const __m512 x = load_4x4(a + 4 * g * a_row, a_row, 15);
      sum[g] = _mm512_fmadd_ps(_mm512_permute_ps(x, 0x00), b0, sum[g]);
      sum[g] = _mm512_fmadd_ps(_mm512_permute_ps(x, 0x55), b1, sum[g]);
      sum[g] = _mm512_fmadd_ps(_mm512_permute_ps(x, 0xaa), b2, sum[g]);
      sum[g] = _mm512_fmadd_ps(_mm512_permute_ps(x, 0xff), b3, sum[g]);
    }
  }
  for (; p < t->k; p++, a++, b += b_k) {
    const __m512 column = four_times(b, there);
    UNROLL for (int g = 0; g < m / 4; g++) {
      const __m512 x = load_4x4(a + 4 * g * a_row, a_row, 1);
      sum[g] = _mm512_fmadd_ps(_mm512_permute_ps(x, 0x00), column, sum[g]);
    }
  }
  UNROLL for (int g = 0; g < m / 4; g++) {
    store_4x4((float *)t->c + 4 * g * t->c_row, t->c_row, there, sum[g]);
  }
}

/* clang-format off */
#define CORNER(m) static void corner_##m(const aei_tile *t) { multiply_corner(m, t); }
CORNER(4) CORNER(8) CORNER(12) CORNER(16)
    /* clang-format on */
    static aei_tile_run *const corners[] = {corner_4, corner_8, corner_12, corner_16};
