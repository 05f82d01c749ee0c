/* The stated errors of the layers that compute in double whatever the type (src/kernel/README.md),
 * against the C library's long double: LogSoftMax, SoftMax, LogSigmoid, SoftPlus.
 */
#include <math.h>

#include "../engine.h"
#include "../kernel/values.h"

enum { ROWS = 40, MOST_COLUMNS = 1000 };

/* Rows of small, large and nearly equal numbers, and ones of which a single element counts. */
static ae_tensor *inputs(ae_type type, int columns) {
  ae_tensor *x = NULL;
  uint64_t state = 17;
  CHECK_OK(ae_tensor_new_sized(&x, type, 2, (int64_t[]){ROWS, columns}));
  for (int i = 0; i < ROWS * columns; i++) {
    const int row = i / columns;
    const double scale = ldexp(1, row % 10 - 3), shift = row % 4 == 3 ? 1000 : 0;
    const double first = row % 5 == 4 && i % columns == 0 ? 90 : 0;
    put_value(type, ae_data(x), i, scale * (2 * next_unit(&state) - 1) + shift + first);
  }
  return x;
}

/* log(sum e^x) of a row, and its largest element. */
static long double log_sum(ae_type type, const void *x, int row, int columns, double *max) {
  long double sum = 0;
  *max = -INFINITY;
  for (int j = 0; j < columns; j++) *max = fmax(*max, value_at(type, x, row * columns + j));
  for (int j = 0; j < columns; j++)
    sum += expl((long double)value_at(type, x, row * columns + j) - *max);
  return logl(sum) + *max;
}

/* Half an ulp of the type, which rounding to it may take. */
static double half_ulp(ae_type type, long double y) {
  int exponent;
  frexpl(y, &exponent);
  return ldexp(1, exponent - (type == AE_FLOAT ? 25 : 54));
}

/* Whether a value too small for the type became zero. */
static bool flushed_to_zero(ae_type type, double got, long double want) {
  return got == 0 && fabsl(want) < (type == AE_FLOAT ? 0x1p-126L : 0x1p-1022L);
}

typedef long double exact_value(double x, long double log_sum);
static long double log_softmax(double x, long double sum) { return x - sum; }
static long double softmax(double x, long double sum) { return expl(x - sum); }

/* factor * 2^-53 * (the sizes that were subtracted, and 1), and rounding to the type. */
static void check_rows(const char *name, exact_value *exact, ae_type type, int columns) {
  ae_module *m = plain_layer(name, type);
  ae_tensor *x = inputs(type, columns);
  double max;
  CHECK_OK(ae_module_forward(m, x));
  for (int i = 0; i < ROWS * columns; i++) {
    const double at = value_at(type, ae_data(x), i);
    const long double sum = log_sum(type, ae_data(x), i / columns, columns, &max);
    const long double want = exact(at, sum);
    const double got = value_at(type, ae_data(m->output), i), size = fabs(max) + fabs(at) + 1;
    const double relative = exact == softmax ? (double)want : 1;
    const double limit = half_ulp(type, want) * (type == AE_FLOAT ? 1 : 2) +
                         0x1p-53 * relative * (4 * size + columns / 16.0 + 8);
    if (!(fabsl(got - want) <= limit) && !flushed_to_zero(type, got, want))
      test_failed(__FILE__, __LINE__, "%s of %s, element %d: %.17g, want %.17Lg", name,
                  ae_type_name(type), i, got, want);
  }
  ae_tensor_release(x);
  ae_module_release(m);
}

TEST(softmax_and_its_logarithm_keep_to_the_stated_errors) {
  static const int columns[] = {2, 10, MOST_COLUMNS};
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    for (int i = 0; i < 3; i++) {
      check_rows("LogSoftMax", log_softmax, type, columns[i]);
      check_rows("SoftMax", softmax, type, columns[i]);
    }
  }
}

static long double softplus(long double x) { return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x))); }
static long double log_sigmoid(long double x) { return -softplus(-x); }

/* In ulp of the type: 0.51 of Float, 3 of Double. */
static void check_points(const char *name, long double (*exact)(long double), ae_type type) {
  ae_module *m = plain_layer(name, type);
  ae_tensor *x = inputs(type, 500);
  CHECK_OK(ae_module_forward(m, x));
  for (int i = 0; i < ROWS * 500; i++) {
    const long double want = exact(value_at(type, ae_data(x), i));
    const double got = value_at(type, ae_data(m->output), i);
    const double unit = 2 * half_ulp(type, want);
    if (flushed_to_zero(type, got, want)) continue;
    if (!(fabsl(got - want) <= unit * (type == AE_FLOAT ? 0.51 : 3)))
      test_failed(__FILE__, __LINE__, "%s(%.17g) of %s: %.17g, want %.17Lg", name,
                  value_at(type, ae_data(x), i), ae_type_name(type), got, want);
  }
  ae_tensor_release(x);
  ae_module_release(m);
}

TEST(smooth_rectifiers_keep_to_the_stated_errors) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    check_points("SoftPlus", softplus, type);
    check_points("LogSigmoid", log_sigmoid, type);
  }
}
