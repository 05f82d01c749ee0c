/* tile.h - the register tiles of the matrix product for a real type, in the path's vectors.
 * Included after vector.h and pack.h.
 */
#include "kernel/gemm.h"

_Static_assert(ROWS *VECTORS *WIDTH * sizeof(REAL) <= AEI_TILE_BYTES, "a tile is too large");

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
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

#define GEMM_TILE \
  { ROWS, VECTORS, WIDTH, tiles, pack, move }
