/* exp, log, log1p, tanh, sigmoid and ELU against the C library's long double, in units in the last
 * place.
 */
#include "values.h"

/* Measured: 1.5 at most, over far more points than here. */
static const double limit = 1.6;

static long double sigmoid(long double x) { return 1 / (1 + expl(-x)); }
static long double elu(long double x) { return x > 0 ? x : expm1l(x); }

typedef struct function {
  int op;
  const char *name;
  long double (*exact)(long double);
  double low, high;
} function;

static const function functions[] = {
    {AE_EXP, "exp", expl, -87.3, 88.7},
    {AE_EXP, "exp", expl, -1, 1},
    {AE_LOG, "log", logl, 0x1p-126, 3e38},
    {AE_LOG, "log", logl, 0.5, 2},
    {AE_LOG1P, "log1p", log1pl, -0.999, 1e37},
    {AE_LOG1P, "log1p", log1pl, -0.7, 1.5},
    {AE_TANH, "tanh", tanhl, -22, 22},
    {AE_TANH, "tanh", tanhl, -0.6, 0.6},
    {AE_SIGMOID, "sigmoid", sigmoid, -87, 40},
    {AE_SIGMOID, "sigmoid", sigmoid, -2, 2},
    {AE_ELU, "elu", elu, -60, 1},
    {AE_ELU, "elu", elu, -1, 0},
};

enum { N = 3000 };

/* Evenly over the interval, then by magnitude down to 2^-40 of its ends. */
static double argument(const function *f, uint64_t *state, int i) {
  const double u = next_unit(state);
  if (i % 2) return f->low + u * (f->high - f->low);
  const double end = i % 4 ? f->low : f->high,
               x = ldexp(end, -next_int(state, 0, 40)) * (1 - u / 2);
  return x < f->low ? f->low : x;
}

static double error_in_ulp(ae_type type, double got, long double exact) {
  int exponent;
  frexpl(exact, &exponent);
  return (double)(fabsl((long double)got - exact) /
                  ldexpl(1, exponent - (type == AE_FLOAT ? 24 : 53)));
}

static void check_function(const function *f, ae_type type) {
  uint64_t state = 7;
  double x[N], y[N]; /* room for either type */
  for (int i = 0; i < N; i++) put_value(type, x, i, argument(f, &state, i));
  aei_kernels_of(type)->map1[f->op](N, y, x, 1, 0);
  for (int i = 0; i < N; i++) {
    const double at = value_at(type, x, i), got = value_at(type, y, i);
    const double error = error_in_ulp(type, got, f->exact((long double)at));
    if (!(error <= limit)) {
      test_failed(__FILE__, __LINE__, "%s(%.17g) of %s is wrong by %.2f ulp", f->name, at,
                  ae_type_name(type), error);
      return;
    }
  }
}

TEST(functions_are_right_to_the_last_place) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    check_function(&functions[i], AE_FLOAT);
    check_function(&functions[i], AE_DOUBLE);
  }
}

typedef struct special {
  int op;
  double x, want;
} special;

static const special specials[] = {
    {AE_EXP, 0, 1},
    {AE_EXP, INFINITY, INFINITY},
    {AE_EXP, -INFINITY, 0},
    {AE_EXP, NAN, NAN},
    {AE_EXP, 1000, INFINITY},
    {AE_EXP, -1000, 0},
    {AE_LOG, 0, -INFINITY},
    {AE_LOG, -0.0, -INFINITY},
    {AE_LOG, 1, 0},
    {AE_LOG, -1, NAN},
    {AE_LOG, -INFINITY, NAN},
    {AE_LOG, INFINITY, INFINITY},
    {AE_LOG, NAN, NAN},
    {AE_LOG1P, 0, 0},
    {AE_LOG1P, -0.0, -0.0},
    {AE_LOG1P, -1, -INFINITY},
    {AE_LOG1P, -1.5, NAN},
    {AE_LOG1P, INFINITY, INFINITY},
    {AE_LOG1P, NAN, NAN},
    {AE_LOG1P, 1e-30, 1e-30},
    {AE_TANH, 0, 0},
    {AE_TANH, -0.0, -0.0},
    {AE_TANH, INFINITY, 1},
    {AE_TANH, -INFINITY, -1},
    {AE_TANH, NAN, NAN},
    {AE_TANH, 1e-30, 1e-30},
    {AE_SIGMOID, 0, 0.5},
    {AE_SIGMOID, INFINITY, 1},
    {AE_SIGMOID, -INFINITY, 0},
    {AE_SIGMOID, NAN, NAN},
    {AE_ELU, -0.0, -0.0},
    {AE_ELU, -INFINITY, -1},
    {AE_ELU, INFINITY, INFINITY},
    {AE_ELU, NAN, NAN},
    {AE_ELU, -1e-30, -1e-30},
};

TEST(functions_keep_their_limits) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
      double x, y, want;
      put_value(type, &x, 0, specials[i].x);
      put_value(type, &want, 0, specials[i].want);
      aei_kernels_of(type)->map1[specials[i].op](1, &y, &x, 1, 0);
      if (first_difference(type, 1, &y, &want) >= 0) {
        test_failed(__FILE__, __LINE__, "function %d of %g gives %g, want %g", specials[i].op,
                    specials[i].x, value_at(type, &y, 0), specials[i].want);
      }
    }
  }
}

static void run_denormal(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  float x[2] = {1e-39f, -90}, *y = context;
  aei_kernels_of(AE_FLOAT)->map1[AE_LOG](1, y, x, 0, 0);
  aei_kernels_of(AE_FLOAT)->map1[AE_EXP](1, y + 1, x + 1, 0, 0);
  aei_kernels_of(AE_FLOAT)->map1[AE_MUL_SCALAR](1, y + 2, x, 1, 0);
}

TEST(denormals_count_as_zero) {
  for (int path = 0; use_path(path); path++) {
    float y[3];
    flushed(run_denormal, y);
    CHECK(y[0] == -INFINITY);
    CHECK(y[1] == 0);
    CHECK(y[2] == 0);
  }
}
