/* reduce.h - sums over one contiguous run of a real type, in 16 lanes of double. Included after
 * real.h.
 *
 *   x:      0  1  2 ... 15 | 16 17 18 ... 31 | 32 33 (the last, incomplete row)
 *   lane:   0  1  2 ... 15 |  0  1  2 ... 15 |  0  1
 *   end:    lane l + lane l+8, then l+4, l+2, l+1
 *
 * Products and sums are rounded separately here: in double that costs no accuracy worth having, and
 * the portable path has no fast fma of doubles.
 */

enum { LANES = 16 };

static inline double add_lanes(double *lane) {
  for (int width = LANES / 2; width > 0; width /= 2) {
    for (int l = 0; l < width; l++) lane[l] += lane[l + width];
  }
  return lane[0];
}

/* `term` is the i-th element's contribution. The lanes are locals of constant index, so that they
 * live in registers. */
#define SUM_LOOP(n, term)                                  \
  double lane[LANES] = {0};                                \
  int64_t row = 0;                                         \
  for (; row + LANES <= n; row += LANES) {                 \
    for (int l = 0; l < LANES; l++) {                      \
      const int64_t i = row + l;                           \
      lane[l] += term;                                     \
    }                                                      \
  }                                                        \
  for (int64_t i = row; i < n; i++) lane[i - row] += term; \
  return ae_from_double(add_lanes(lane))

static inline double square(double x) { return x * x; }

static ae_number sum(int64_t n, const void *from, double a) {
  const REAL *x = from;
  (void)a;
  SUM_LOOP(n, (double)x[i]);
}

static ae_number sum_squares(int64_t n, const void *from, double a) {
  const REAL *x = from;
  SUM_LOOP(n, square((double)x[i] - a));
}

static ae_number sum_abs(int64_t n, const void *from, double a) {
  const REAL *x = from;
  (void)a;
  SUM_LOOP(n, __builtin_fabs((double)x[i]));
}

static ae_number dot(int64_t n, const void *from1, const void *from2) {
  const REAL *x1 = from1, *x2 = from2;
  SUM_LOOP(n, (double)x1[i] * (double)x2[i]);
}

static void install_reductions(aei_type_kernels *k) {
  k->sum = sum;
  k->sum_squares = sum_squares;
  k->sum_abs = sum_abs;
  k->dot = dot;
}
