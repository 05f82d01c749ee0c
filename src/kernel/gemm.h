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
 */
#ifndef AEI_GEMM_H
#define AEI_GEMM_H

#include <stdint.h>

/* C = beta * C + A B for one tile: each element is a chain of k fused multiply-adds that starts
 * from beta * c, or from 0 and without reading c when beta is 0. Element (i, p) of A is at
 * a[i * a_row + p * a_k]; a row of C is contiguous. */
typedef void aei_tile_run(int64_t k, const void *a, int64_t a_row, int64_t a_k, const void *b,
                          int64_t b_k, void *c, int64_t c_row, double beta);

typedef struct aei_gemm_tile {
  int rows, vectors; /* of the largest tile */
  int width;         /* elements of a vector */
  /* run[(m - 1) * vectors + v - 1] computes m x v. */
  aei_tile_run *const *run;
  /* to[p * panel + i] = alpha * from[i * step + p * from_k] for i < count, p < k; 0 for the
   * rest of count's last vector. */
  void (*pack)(int64_t k, int count, int panel, void *to, const void *from, int64_t step,
               int64_t from_k, double alpha);
  /* to[i * to_row + j * to_column] = from[i * from_row + j * from_column] */
  void (*move)(int rows, int columns, void *to, int64_t to_row, int64_t to_column, const void *from,
               int64_t from_row, int64_t from_column);
} aei_gemm_tile;

enum { AEI_TILE_BYTES = 2048 }; /* no tile of C is larger */

#endif
