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

/* Rows of B to fetch ahead: a panel comes from L2, row by row from different pages. */
enum { AHEAD = 8 };

#define INLINE __attribute__((always_inline)) static inline

/* m and v are constants wherever this is inlined, so that sum[][] lives in registers. */
INLINE void multiply(const int m, const int v, const aei_tile *t) {
  VECTOR sum[ROWS][VECTORS];
  const REAL *a = t->a, *b = t->b, *start = t->start;
  const int64_t a_row = t->a_row, a_k = t->a_k, b_k = t->b_k;
  REAL *c = t->c;
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) {
      __builtin_prefetch(c + i * t->c_row + j * WIDTH, 1);
      sum[i][j] = start ? VEC(loadu)(start + i * t->start_row + j * WIDTH) : VEC(set1)(0);
      if (start && t->beta != 1) sum[i][j] = VEC(mul)(VEC(set1)((REAL)t->beta), sum[i][j]);
    }
  }
  for (int64_t p = 0; p < t->k; p++, a += a_k, b += b_k) {
    VECTOR column[VECTORS];
    UNROLL for (int j = 0; j < v; j++) {
      __builtin_prefetch(b + AHEAD * b_k + j * WIDTH);
      column[j] = VEC(loadu)(b + j * WIDTH);
    }
    UNROLL for (int i = 0; i < m; i++) {
      const VECTOR x = VEC(set1)(a[i * a_row]);
      UNROLL for (int j = 0; j < v; j++) sum[i][j] = VEC(fmadd)(x, column[j], sum[i][j]);
    }
  }
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) VEC(storeu)(c + i * t->c_row + j * WIDTH, sum[i][j]);
  }
}

/* The same for one vector of type V, of which only the first t->count elements are there. */
#define PART(name, V, OP, M, m)                                                      \
  static void name##_##m(const aei_tile *t) {                                        \
    V sum[m];                                                                        \
    const REAL *a = t->a, *b = t->b, *start = t->start;                              \
    const int64_t a_row = t->a_row, a_k = t->a_k, b_k = t->b_k;                      \
    const M there = FIRST(M, (int)t->count);                                         \
    UNROLL for (int i = 0; i < m; i++) {                                             \
      sum[i] = start ? LOAD_PART(OP, there, start + i * t->start_row) : OP(set1)(0); \
      if (start && t->beta != 1) sum[i] = OP(mul)(OP(set1)((REAL)t->beta), sum[i]);  \
    }                                                                                \
    for (int64_t p = 0; p < t->k; p++, a += a_k, b += b_k) {                         \
      const V column = LOAD_PART(OP, there, b);                                      \
      UNROLL for (int i = 0; i < m; i++) {                                           \
        sum[i] = OP(fmadd)(OP(set1)(a[i * a_row]), column, sum[i]);                  \
      }                                                                              \
    }                                                                                \
    UNROLL for (int i = 0; i < m; i++) {                                             \
      STORE_PART(OP, (REAL *)t->c + i * t->c_row, there, sum[i]);                    \
    }                                                                                \
  }

#define TILE(m, v) \
  static void tile_##m##_##v(const aei_tile *t) { multiply(m, v, t); }

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

#define PART_ROW(m)  PART(part, VECTOR, VEC, MASK, m)
#define PART_NAME(m) part_##m,
EACH_ROW(PART_ROW)
static aei_tile_run *const parts[] = {EACH_ROW(PART_NAME)};

#ifdef HALF_OP
#define HALF_ROW(m)  PART(half, HALF, HALF_OP, HALF_MASK, m)
#define HALF_NAME(m) half_##m,
EACH_ROW(HALF_ROW)
static aei_tile_run *const halves[] = {EACH_ROW(HALF_NAME)};
#else
#define halves parts
#endif

#ifdef QUARTER_OP
#define QUARTER_ROW(m)  PART(quarter, QUARTER, QUARTER_OP, QUARTER_MASK, m)
#define QUARTER_NAME(m) quarter_##m,
EACH_ROW(QUARTER_ROW)
static aei_tile_run *const quarters[] = {EACH_ROW(QUARTER_NAME)};
#else
#define quarters halves
#endif

#if defined(AEI_PATH_avx512) && REAL_BITS == 32
#include "kernel/path/corner.h"
#else
#define corners NULL
#endif

#define GEMM_TILE \
  { ROWS, VECTORS, WIDTH, tiles, {parts, halves, quarters}, corners, pack, move }
