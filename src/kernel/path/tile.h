/* tile.h - the register tiles of the matrix product for a real type, and the packing before them.
 * Included after real.h and install.h. The vector type is the only part that differs between the
 * paths.
 */
#include "kernel/gemm.h"

#if defined(AEI_PATH_avx512)

#include <immintrin.h>
#define ROWS    8
#define VECTORS 3
#if REAL_BITS == 32
typedef __m512 VECTOR;
#define VEC(operation) _mm512_##operation##_ps
#else
typedef __m512d VECTOR;
#define VEC(operation) _mm512_##operation##_pd
#endif

#elif defined(AEI_PATH_avx2)

#include <immintrin.h>
#define ROWS    6
#define VECTORS 2
#if REAL_BITS == 32
typedef __m256 VECTOR;
#define VEC(operation) _mm256_##operation##_ps
#else
typedef __m256d VECTOR;
#define VEC(operation) _mm256_##operation##_pd
#endif

#else

#define ROWS           4
#define VECTORS        1
typedef struct portable_vector {
  REAL lane[4];
} VECTOR;
#define VEC(operation) portable_##operation

static inline VECTOR portable_loadu(const REAL *x) {
  VECTOR v;
  memcpy(&v, x, sizeof v);
  return v;
}

static inline void portable_storeu(REAL *x, VECTOR v) { memcpy(x, &v, sizeof v); }

static inline VECTOR portable_set1(REAL x) { return (VECTOR){{x, x, x, x}}; }

static inline VECTOR portable_mul(VECTOR a, VECTOR b) {
  for (int l = 0; l < 4; l++) a.lane[l] *= b.lane[l];
  return a;
}

static inline VECTOR portable_fmadd(VECTOR a, VECTOR b, VECTOR c) {
  for (int l = 0; l < 4; l++) c.lane[l] = real_fma(a.lane[l], b.lane[l], c.lane[l]);
  return c;
}

#endif

enum { WIDTH = sizeof(VECTOR) / sizeof(REAL) };
_Static_assert(ROWS *VECTORS * sizeof(VECTOR) <= AEI_TILE_BYTES, "a tile is too large");

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* m and v are constants wherever this is inlined, so that sum[][] lives in registers. */
__attribute__((always_inline)) static inline void multiply(const int m, const int v, int64_t k,
                                                           const REAL *a, int64_t a_row,
                                                           int64_t a_k, const REAL *b, int64_t b_k,
                                                           REAL *c, int64_t c_row, REAL beta) {
  VECTOR sum[ROWS][VECTORS];
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) {
      sum[i][j] = VEC(set1)(0);
      if (beta != 0) sum[i][j] = VEC(mul)(VEC(set1)(beta), VEC(loadu)(c + i * c_row + j * WIDTH));
    }
  }
  for (int64_t p = 0; p < k; p++, a += a_k, b += b_k) {
    VECTOR column[VECTORS];
    UNROLL for (int j = 0; j < v; j++) column[j] = VEC(loadu)(b + j * WIDTH);
    UNROLL for (int i = 0; i < m; i++) {
      const VECTOR x = VEC(set1)(a[i * a_row]);
      UNROLL for (int j = 0; j < v; j++) sum[i][j] = VEC(fmadd)(x, column[j], sum[i][j]);
    }
  }
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) VEC(storeu)(c + i * c_row + j * WIDTH, sum[i][j]);
  }
}

#define TILE(m, v)                                                                                \
  static void tile_##m##_##v(int64_t k, const void *a, int64_t a_row, int64_t a_k, const void *b, \
                             int64_t b_k, void *c, int64_t c_row, double beta) {                  \
    multiply(m, v, k, a, a_row, a_k, b, b_k, c, c_row, (REAL)beta);                               \
  }

#if VECTORS == 3
#define TILE_ROW(m) TILE(m, 1) TILE(m, 2) TILE(m, 3)
#define NAME_ROW(m) tile_##m##_1, tile_##m##_2, tile_##m##_3,
#elif VECTORS == 2
#define TILE_ROW(m) TILE(m, 1) TILE(m, 2)
#define NAME_ROW(m) tile_##m##_1, tile_##m##_2,
#else
#define TILE_ROW(m) TILE(m, 1)
#define NAME_ROW(m) tile_##m##_1,
#endif

#if ROWS == 8
#define EACH_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#elif ROWS == 6
#define EACH_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6)
#else
#define EACH_ROW(X) X(1) X(2) X(3) X(4)
#endif

EACH_ROW(TILE_ROW)
static aei_tile_run *const tiles[] = {EACH_ROW(NAME_ROW)};

/* ---- packing ---- */

typedef REAL REAL4 __attribute__((vector_size(4 * sizeof(REAL))));

#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#elif REAL_BITS == 32
typedef int32_t INDEX4 __attribute__((vector_size(16)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (INDEX4){i, j, k, l})
#else
typedef int64_t INDEX4 __attribute__((vector_size(32)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (INDEX4){i, j, k, l})
#endif

/* A block of 4 by 4, row i at i * step, becomes its transpose. */
static inline void transpose_block(REAL *to, int64_t to_step, const REAL *from, int64_t from_step,
                                   REAL scale) {
  REAL4 row[4];
  for (int i = 0; i < 4; i++) memcpy(&row[i], from + i * from_step, sizeof row[i]);
  const REAL4 left01 = SHUFFLE(row[0], row[1], 0, 4, 1, 5);
  const REAL4 left23 = SHUFFLE(row[2], row[3], 0, 4, 1, 5);
  const REAL4 right01 = SHUFFLE(row[0], row[1], 2, 6, 3, 7);
  const REAL4 right23 = SHUFFLE(row[2], row[3], 2, 6, 3, 7);
  row[0] = scale * SHUFFLE(left01, left23, 0, 1, 4, 5);
  row[1] = scale * SHUFFLE(left01, left23, 2, 3, 6, 7);
  row[2] = scale * SHUFFLE(right01, right23, 0, 1, 4, 5);
  row[3] = scale * SHUFFLE(right01, right23, 2, 3, 6, 7);
  for (int i = 0; i < 4; i++) memcpy(to + i * to_step, &row[i], sizeof row[i]);
}

/* to[j * to_step + i] = scale * from[i * from_step + j], by blocks of 4 by 4. */
static void transpose(int64_t rows, int64_t columns, REAL *restrict to, int64_t to_step,
                      const REAL *restrict from, int64_t from_step, REAL scale) {
  const int64_t whole_rows = rows & ~(int64_t)3, whole_columns = columns & ~(int64_t)3;
  for (int64_t j = 0; j < whole_columns; j += 4) {
    for (int64_t i = 0; i < whole_rows; i += 4) {
      transpose_block(to + j * to_step + i, to_step, from + i * from_step + j, from_step, scale);
    }
  }
  for (int64_t j = 0; j < columns; j++) {
    const int64_t first = j < whole_columns ? whole_rows : 0;
    for (int64_t i = first; i < rows; i++) to[j * to_step + i] = scale * from[i * from_step + j];
  }
}

static void pack(int64_t k, int count, int panel, void *to, const void *from, int64_t step,
                 int64_t from_k, double alpha) {
  const REAL *restrict s = from, scale = (REAL)alpha;
  REAL *restrict d = to;
  if (from_k == 1) {
    transpose(count, k, d, panel, s, step, scale);
  } else {
    for (int64_t p = 0; p < k; p++) {
      for (int i = 0; i < count; i++) d[p * panel + i] = scale * s[p * from_k + i * step];
    }
  }
  int end = count; /* of the last vector that is used */
  while (end < panel && end % WIDTH != 0) end++;
  if (end == count) return;
  for (int64_t p = 0; p < k; p++) {
    for (int i = count; i < end; i++) d[p * panel + i] = 0;
  }
}

static void move(int rows, int columns, void *to, int64_t to_row, int64_t to_column,
                 const void *from, int64_t from_row, int64_t from_column) {
  const REAL *restrict s = from;
  REAL *restrict d = to;
  if (from_column == 1 && to_row == 1) {
    transpose(rows, columns, d, to_column, s, from_row, 1);
  } else if (from_row == 1 && to_column == 1) {
    transpose(columns, rows, d, to_row, s, from_column, 1);
  } else {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        d[i * to_row + j * to_column] = s[i * from_row + j * from_column];
      }
    }
  }
}

#define GEMM_TILE \
  { ROWS, VECTORS, WIDTH, tiles, pack, move }
