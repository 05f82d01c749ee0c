/* bf16.h - matrix products of floats whose factors are rounded to bfloat16 first, for processors
 * that multiply pairs of those: an opt-in (ae_set_matmul_precision), sums stay float32.
 *
 * Both factors are packed, as pairs of neighbours along k in 32 bits each:
 *
 *     A: a row's pairs side by side             B: for each pair, the panel's columns side by side
 *        a00 a01 | a02 a03 | ...                   b00 b10 | b01 b11 | ...
 *        a10 a11 | a12 a13 | ...                   b20 b30 | b21 b31 | ...
 *
 * with zeros up to a whole number of AEI_PAIRS pairs.
 */
#ifndef AEI_BF16_H
#define AEI_BF16_H

#include "kernel/kernel.h"

enum { AEI_PAIRS = 16 };

/* m rows by `columns` columns of C = start + A B; pairs of A at a[i * a_row + p], of B at
 * b[p * panel + j]. A may be read up to the next multiple of the path's rows. */
typedef struct aei_bf16_tile {
  int64_t pairs; /* that are not padding */
  const uint32_t *a, *b;
  int64_t a_row, panel;
  const float *start; /* NULL: 0 */
  int64_t start_row;
  float beta; /* of start */
  float *c;
  int64_t c_row;
  int rows, columns;
} aei_bf16_tile;

typedef struct aei_bf16_path {
  const char *name;
  int rows, panel; /* of the largest tile */
  void (*run)(const aei_bf16_tile *t);
} aei_bf16_path;

/* How a matrix is packed, as above: element (i, p) of A at from[i * row + p * column], times alpha.
 */
void aei_bf16_pack_a(int64_t rows, int64_t k, uint32_t *to, int64_t to_row, const float *from,
                     int64_t row, int64_t column, float alpha);
/* Element (p, j) of B at from[p * row + j * column]. */
void aei_bf16_pack_b(int64_t k, int64_t columns, uint32_t *to, int64_t panel, const float *from,
                     int64_t row, int64_t column);

/* The paths this processor and its kernel can run, the best first; NULL: none. */
const aei_bf16_path *aei_bf16_avx512(void);
const aei_bf16_path *aei_bf16_amx(void);

/* The path in use, or NULL: products are in float32. */
const aei_bf16_path *aei_bf16_now(void);
void aei_bf16_use(const aei_bf16_path *path); /* NULL: none */
void aei_bf16_run(const aei_gemm *g);
int64_t aei_bf16_packed_count(int64_t k, int64_t n);
void aei_bf16_pack(const aei_gemm *g, void *to);

#endif
