/* gemm.h - the matrix product's innermost part, which each path has its own of.
 *
 * A tile is m rows by v vectors of C, held in registers while k runs:
 *
 *                     b: v vectors, from k to k b_k elements further
 *                   +-----------+-----------+
 *                   |           |           |
 *       a: m   +-+  +-----------+-----------+
 *     elements | |  | . . . . . : . . . . . |   c: m rows of v * width elements
 *              | |  | . . . . . : . . . . . |
 *              +-+  +-----------+-----------+
 *
 * Columns that fill no vector are a tile of their own, one narrower vector wide where that is
 * enough: 100 columns are two tiles of 48 and one of 4.
 */
#ifndef AEI_GEMM_H
#define AEI_GEMM_H

#include "kernel/kernel.h"

/* One tile: its chains of k fused multiply-adds, c = start, then c = fma(a_p, b_p, c). */
typedef struct aei_tile {
  int64_t k;
  const void *a; /* element (i, p) at a[i * a_row + p * a_k] */
  int64_t a_row, a_k;
  const void *b; /* row p at b + p * b_k, contiguous */
  int64_t b_k;
  const void *start; /* the chains begin at beta * start[i * start_row + j]; NULL: at 0 */
  int64_t start_row;
  double beta;
  void *c; /* row i at c + i * c_row, contiguous */
  int64_t c_row;
  int64_t count; /* of columns: only a tile of one incomplete vector looks at it */
} aei_tile;

typedef void aei_tile_run(const aei_tile *t);

typedef struct aei_gemm_tile {
  int rows, vectors; /* of the largest tile */
  int width;         /* elements of a vector */
  /* run[(m - 1) * vectors + v - 1] computes m x v. */
  aei_tile_run *const *run;
  /* part[q][m - 1] computes m rows of fewer columns than a vector has: of at most width / 4
   * (q = 2), width / 2 (1) or width - 1 (0). Entries may be the same. */
  aei_tile_run *const *part[3];
  /* [optional] corner[m / 4 - 1] computes m = 4, 8, 12 or 16 rows of at most 4 columns, for A with
   * a_k 1. */
  aei_tile_run *const *corner;
  /* to[p * panel + i] = alpha * from[i * step + p * from_k] for i < count, p < k. */
  void (*pack)(int64_t k, int count, int panel, void *to, const void *from, int64_t step,
               int64_t from_k, double alpha);
  /* to[i * to_row + j * to_column] = from[i * from_row + j * from_column] */
  void (*move)(int rows, int columns, void *to, int64_t to_row, int64_t to_column, const void *from,
               int64_t from_row, int64_t from_column);
} aei_gemm_tile;

enum { AEI_TILE_BYTES = 2048 }; /* no tile of C is larger */

/* ---- what the loops around tiles share: gemm.c, bf16.c ---- */

static inline int64_t aei_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t aei_least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Where part i of n things in `parts` about equal parts begins. */
static inline int64_t aei_part_begin(int64_t i, int64_t n, int64_t parts) {
  return i * (n / parts) + aei_least(i, n % parts);
}

/* C' = B' A': the same chains. */
aei_gemm aei_gemm_transposed(const aei_gemm *g);
/* The product with its start: C's own values unless it has one, NULL when beta is 0. */
aei_gemm aei_gemm_started(const aei_gemm *g);

/* Memory of the calling thread for packing. */
enum { AEI_PACKED_A = 512 << 10, AEI_PACKED_B = 96 << 10 };
void *aei_packed_a(void);
void *aei_packed_b(void);

#endif
