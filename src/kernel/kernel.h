/* kernel.h - the inner loops: contiguous memory in, contiguous memory out, one thread, no failure,
 * no allocation.
 *
 * One source is compiled once per path (portable, avx2, avx512) and each path fills one
 * aei_kernels. Every path performs the same IEEE operations on each element, in the same order:
 * fused multiply-adds where the formula has them, the engine's own exp, log and tanh, reductions in
 * a fixed number of lanes combined in a fixed order. So the paths differ in speed and in nothing
 * else. The caller has flushed denormals (aei_parallel does). README.md states how wrong the
 * functions and sums are at most.
 */
#ifndef AEI_KERNEL_H
#define AEI_KERNEL_H

#include "ae.h"

typedef void aei_map1(int64_t n, void *y, const void *x, double a, double b);
typedef void aei_map2(int64_t n, void *y, const void *x1, const void *x2, double a);
typedef void aei_map3(int64_t n, void *y, const void *x, const void *x1, const void *x2, double a);
/* Of the integer types, whose numbers must not pass through double. */
typedef void aei_integer1(int64_t n, void *y, const void *x, int64_t a, int64_t b);
typedef void aei_integer2(int64_t n, void *y, const void *x1, const void *x2, int64_t a);
typedef void aei_integer3(int64_t n, void *y, const void *x, const void *x1, const void *x2,
                          int64_t a);
typedef void aei_compare2(int64_t n, uint8_t *y, const void *x1, const void *x2);
typedef void aei_compare1(int64_t n, uint8_t *y, const void *x, ae_number value);

/* Reductions of one contiguous run. Element i goes to lane i mod 16; lanes are combined pairwise (i
 * with i+8, then i+4, i+2, i+1). Real types: lanes are double. Integers: wrap-around int64, in *out
 * as such (use the reading that fits the type). Longer runs are cut by the caller into AEI_RUN
 * elements and the partial results added in order. */
typedef ae_number aei_sum1(int64_t n, const void *x, double a);
typedef ae_number aei_sum2(int64_t n, const void *x1, const void *x2);
#define AEI_RUN 4096

/* C (M,N) = beta * S + A (M,K) B (K,N), any strides (in elements). Each c is one chain of fma over
 * k ascending, starting from beta * s (from 0 when beta is 0, which reads no S). alpha multiplies
 * A's elements first (once rounded). S is C itself when start is NULL. A and B may not overlap C.
 */
typedef struct aei_gemm {
  int64_t m, n, k;
  double alpha, beta;
  const void *a;
  int64_t a_row, a_col; /* stride from row to row, from column to column */
  const void *b;
  int64_t b_row, b_col;
  void *c;
  int64_t c_row, c_col;
  const void *start; /* [optional] */
  int64_t start_row, start_col;
  const void *packed_b; /* [optional] B as aei_gemm_pack made it; b and its strides are not used */
} aei_gemm;

typedef struct aei_integer_maps {
  aei_integer1 *map1[AE_NMAP1]; /* NULL where not defined for integers */
  aei_integer2 *map2[AE_NMAP2];
  aei_integer3 *addcmul, *addcdiv;
} aei_integer_maps;

typedef struct aei_type_kernels {
  aei_map1 *map1[AE_NMAP1]; /* real types; integer types have these four in `integer` */
  aei_map2 *map2[AE_NMAP2];
  aei_map3 *addcmul, *addcdiv;
  const aei_integer_maps *integer; /* NULL of real types */
  aei_compare2 *compare[AE_NCOMPARE];
  aei_compare1 *compare_scalar[AE_NCOMPARE];
  aei_sum1 *sum;         /* sum of x */
  aei_sum1 *sum_squares; /* sum of (x - a)^2; real types */
  aei_sum1 *sum_abs;     /* sum of |x| */
  aei_sum2 *dot;         /* sum of x1 * x2 */
  /* The next four are for real types only. */
  void (*bytes)(int64_t n, void *y, const uint8_t *x, double divisor); /* y = x / divisor */
  /* y_i = uniform in [a, b) and normal variates of the stream (key), element 0 being element
   * `first` of a fill that began at block `position`: as random.c documents. */
  void (*uniform)(int64_t n, void *y, uint64_t key, uint64_t position, int64_t first, double a,
                  double b);
  void (*normal)(int64_t n, void *y, uint64_t key, uint64_t position, int64_t first, double mean,
                 double std);
  /* Several independent sums at once: column sums, y[j] += sum over rows i ascending of alpha *
   * x[i*row + j], by fma. */
  void (*add_rows)(int64_t rows, int64_t columns, void *y, const void *x, int64_t row,
                   double alpha);
} aei_type_kernels;

typedef struct aei_kernels {
  const char *name; /* "avx2" */
  aei_type_kernels type[AE_NTYPES];
  /* dst's n elements = src's, converted as C converts (saturating where C leaves it undefined).
   * dst may be src where the types agree.
   * [to][from] */
  void (*convert[AE_NTYPES][AE_NTYPES])(int64_t n, void *dst, const void *src);
  /* Matrix product's register tile and packing, per real type (AE_FLOAT, AE_DOUBLE); the loops
   * around it are in gemm.c. */
  const struct aei_gemm_tile *tile[2];
} aei_kernels;

/* The path in use. Never NULL. */
const aei_kernels *aei_kernels_now(void);
static inline const aei_type_kernels *aei_kernels_of(ae_type type) {
  return &aei_kernels_now()->type[type];
}

/* The product, threaded through aei_parallel: inside of a body it runs on the body's thread. */
void aei_gemm_run(ae_type type, const aei_gemm *g);

/* Brings g's B (K,N) into the order in which the product on the present path reads it, for several
 * products with the same B: `to` has room for aei_gemm_packed_count elements. */
int64_t aei_gemm_packed_count(ae_type type, int64_t k, int64_t n);
void aei_gemm_pack(ae_type type, const aei_gemm *g, void *to);
/* Whether even a B that lies by rows has to be packed for the product. */
bool aei_gemm_wants_packed(ae_type type);

/* Each path's table, filled by its copy of the sources; portable's is complete, the others override
 * parts of it. */
void aei_install_portable(aei_kernels *k);
void aei_install_integers(aei_kernels *k); /* the integer types: one copy for all paths */
void aei_install_libm(aei_kernels *k);     /* the C library's functions: likewise */
#if defined(__x86_64__)
void aei_install_avx2(aei_kernels *k);
void aei_install_avx512(aei_kernels *k);
#endif

#endif
