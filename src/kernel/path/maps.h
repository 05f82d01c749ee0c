/* maps.h - the element-wise operations of a real type, each the formula and the loop around it.
 * Included after functions.h. The operations that ae.h lists and this file lacks are libm's: see
 * ../libm.c.
 */

/* Where a formula compares, the comparison is turned such that a NaN in x passes through. A choice
 * between operands may become a maximum, a masked product or a blend, as the compiler likes: the
 * first two make zero of a denormal, the last does not; so what was chosen is flushed afterwards.
 */
#define MAP1_FORMULAS(X)                           \
  X(ADD_SCALAR, x + a)                             \
  X(SUB_SCALAR, x - a)                             \
  X(MUL_SCALAR, x *a)                              \
  X(DIV_SCALAR, x / a)                             \
  X(RSUB_SCALAR, a - x)                            \
  X(RDIV_SCALAR, a / x)                            \
  X(MAX_SCALAR, flush(x < a ? a : x))              \
  X(MIN_SCALAR, flush(x > a ? a : x))              \
  X(CLAMP, flush(clamp(x, a, b)))                  \
  X(NEG, -x)                                       \
  X(ABS, real_abs(x))                              \
  X(SIGN, x > 0 ? K(1) : x < 0 ? K(-1) : flush(x)) \
  X(SQUARE, x *x)                                  \
  X(SQRT, real_sqrt(x))                            \
  X(RSQRT, K(1) / real_sqrt(x))                    \
  X(CINV, K(1) / x)                                \
  X(FLOOR, real_floor(x))                          \
  X(CEIL, real_ceil(x))                            \
  X(ROUND, round_away(x))                          \
  X(TRUNC, real_trunc(x))                          \
  X(FRAC, x - real_trunc(x))                       \
  X(EXP, real_exp(x))                              \
  X(LOG, real_log(x))                              \
  X(LOG1P, real_log1p(x))                          \
  X(TANH, real_tanh(x))                            \
  X(SIGMOID, real_sigmoid(x))                      \
  X(THRESHOLD, flush(x <= a ? b : x))              \
  X(LEAKY_RELU, flush(x > 0 ? x : a * x))          \
  X(ELU, elu(x, a))

#define MAP2_FORMULAS(X)                              \
  X(ADD, real_fma(a, x2, x1))                         \
  X(MUL, x1 *x2)                                      \
  X(DIV, x1 / x2)                                     \
  X(CMAX, flush(((x1 >= x2) | (x1 != x1)) ? x1 : x2)) \
  X(CMIN, flush(((x1 <= x2) | (x1 != x1)) ? x1 : x2)) \
  X(RELU_BACKWARD, flush(x2 <= 0 ? 0 : x1))           \
  X(LEAKY_RELU_BACKWARD, flush(x2 > 0 ? x1 : a * x1)) \
  X(ELU_BACKWARD, flush(x2 > 0 ? x1 : x1 * (x2 + a))) \
  X(TANH_BACKWARD, x1 *real_fma(-x2, x2, K(1)))       \
  X(SIGMOID_BACKWARD, x1 *(K(1) - x2) * x2)

#define COMPARISONS(X) X(LT, <) X(LE, <=) X(GT, >) X(GE, >=) X(EQ, ==) X(NE, !=)

/* The addition makes zero of a denormal (and +0 of -0). */
static inline REAL flush(REAL x) { return x + K(0); }

static inline REAL clamp(REAL x, REAL a, REAL b) {
  x = x < a ? a : x;
  return x > b ? b : x;
}

static inline REAL round_away(REAL x) {
  const REAL t = real_trunc(x);
  return real_abs(x - t) >= K(0.5) ? t + real_copysign(K(1), x) : t;
}

static inline REAL elu(REAL x, REAL a) {
  const REAL below = a * real_expm1_negative(x > 0 ? 0 : x);
  return x > 0 ? x : below;
}

#define MAP1_LOOP(op, formula)                                                         \
  static void map1_##op(int64_t n, void *to, const void *from, double a_, double b_) { \
    const REAL *x_ = from, a = (REAL)a_, b = (REAL)b_;                                 \
    REAL *y = to;                                                                      \
    (void)a, (void)b;                                                                  \
    INDEPENDENT for (int64_t i = 0; i < n; i++) {                                      \
      const REAL x = x_[i];                                                            \
      y[i] = formula;                                                                  \
    }                                                                                  \
  }
MAP1_FORMULAS(MAP1_LOOP)

#define MAP2_LOOP(op, formula)                                                                  \
  static void map2_##op(int64_t n, void *to, const void *from1, const void *from2, double a_) { \
    const REAL *x1_ = from1, *x2_ = from2, a = (REAL)a_;                                        \
    REAL *y = to;                                                                               \
    (void)a;                                                                                    \
    INDEPENDENT for (int64_t i = 0; i < n; i++) {                                               \
      const REAL x1 = x1_[i], x2 = x2_[i];                                                      \
      y[i] = formula;                                                                           \
    }                                                                                           \
  }
MAP2_FORMULAS(MAP2_LOOP)

static void addcmul(int64_t n, void *to, const void *from, const void *from1, const void *from2,
                    double value) {
  const REAL *x = from, *x1 = from1, *x2 = from2, v = (REAL)value;
  REAL *y = to;
  INDEPENDENT for (int64_t i = 0; i < n; i++) y[i] = real_fma(v * x1[i], x2[i], x[i]);
}

static void addcdiv(int64_t n, void *to, const void *from, const void *from1, const void *from2,
                    double value) {
  const REAL *x = from, *x1 = from1, *x2 = from2, v = (REAL)value;
  REAL *y = to;
  INDEPENDENT for (int64_t i = 0; i < n; i++) y[i] = x[i] + v * x1[i] / x2[i];
}

#define COMPARE_LOOPS(op, sign)                                                                    \
  static void compare_##op(int64_t n, uint8_t *restrict y, const void *from1, const void *from2) { \
    const REAL *x1 = from1, *x2 = from2;                                                           \
    for (int64_t i = 0; i < n; i++) y[i] = x1[i] sign x2[i];                                       \
  }                                                                                                \
  static void compare_scalar_##op(int64_t n, uint8_t *restrict y, const void *from,                \
                                  ae_number value) {                                               \
    const REAL *x = from, v = value.integral ? (REAL)value.as.i : (REAL)value.as.d;                \
    for (int64_t i = 0; i < n; i++) y[i] = x[i] sign v;                                            \
  }
COMPARISONS(COMPARE_LOOPS)

/* The correctly rounded quotient without a division: Markstein's corrections of x / d by the exact
 * remainder (Computation of elementary functions on the IBM RISC System/6000 processor, 1990), two
 * of them, since the first estimate may be 2 ulp away. No step may over- or underflow. */
static inline REAL quotient(REAL x, REAL d, REAL inverse) {
  REAL q = x * inverse;
  q = real_fma(real_fma(-q, d, x), inverse, q);
  return real_fma(real_fma(-q, d, x), inverse, q);
}

static void bytes(int64_t n, void *to, const uint8_t *restrict x, double divisor) {
  const REAL d = (REAL)divisor, inverse = 1 / d;
  REAL *restrict y = to;
  if (real_abs(d) > K(0x1p-60) && real_abs(d) < K(0x1p60)) {
    for (int64_t i = 0; i < n; i++) y[i] = quotient((REAL)x[i], d, inverse);
  } else {
    for (int64_t i = 0; i < n; i++) y[i] = (REAL)x[i] / d;
  }
}

/* Four rows at a time, so that y is loaded and stored once for them; the chain of each y[j] is the
 * same. */
static void add_rows(int64_t rows, int64_t columns, void *to, const void *from, int64_t row,
                     double alpha) {
  REAL *restrict y = to;
  const REAL *x = from, a = (REAL)alpha;
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * row) {
    for (int64_t j = 0; j < columns; j++) {
      REAL sum = real_fma(a, x[j], y[j]);
      sum = real_fma(a, x[j + row], sum);
      sum = real_fma(a, x[j + 2 * row], sum);
      y[j] = real_fma(a, x[j + 3 * row], sum);
    }
  }
  for (; i < rows; i++, x += row) {
    for (int64_t j = 0; j < columns; j++) y[j] = real_fma(a, x[j], y[j]);
  }
}

static void install_maps(aei_type_kernels *k) {
#define INSTALL1(op, formula) k->map1[AE_##op] = map1_##op;
#define INSTALL2(op, formula) k->map2[AE_##op] = map2_##op;
#define INSTALL_COMPARE(op, sign)     \
  k->compare[AE_##op] = compare_##op; \
  k->compare_scalar[AE_##op] = compare_scalar_##op;
  MAP1_FORMULAS(INSTALL1)
  MAP2_FORMULAS(INSTALL2)
  COMPARISONS(INSTALL_COMPARE)
  k->addcmul = addcmul;
  k->addcdiv = addcdiv;
  k->bytes = bytes;
  k->add_rows = add_rows;
}
