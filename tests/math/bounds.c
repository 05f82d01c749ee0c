/* The stated errors of sums, products and norms (src/kernel/README.md), against exact sums, with
 * inputs made to be wrong: cancellation, huge ranges, alternating signs, a mean far from 0. And the
 * same bits for strided tensors and any number of threads.
 */
#include <stdlib.h>

#include "../engine.h"
#include "../kernel/values.h"
#include "exact.h"

enum { MOST = 70000 };

static const double unit = 0x1p-53; /* of double, in which all of these are added up */

/* Additions between an element and the result: its lane's, the lanes', the runs'. */
static double depth(int n) {
  const int run = n < AEI_RUN ? n : AEI_RUN;
  return ceil(run / 16.0) + 4 + ceil((double)n / AEI_RUN);
}

/* ---- inputs ---- */

typedef enum input { UNIFORM, CANCELLING, RANGES, ALTERNATING, GROWING, FAR, INPUTS } input;

static double element_of(input kind, ae_type type, int i, int n, uint64_t *state) {
  const double u = next_unit(state), sign = i % 2 ? -1 : 1;
  const int range = type == AE_FLOAT ? 60 : 100;
  switch (kind) {
    case CANCELLING: /* what is left is a billionth of the terms */
      return i < n / 2 ? 1e6 * (1 + u) : -1.5e6;
    case RANGES:
      return ldexp(2 * u - 1, next_int(state, -range, range));
    case ALTERNATING: /* n terms of 1e10, the sum of size 1 */
      return sign * 1e10 + u;
    case GROWING:
      return ldexp(1 + u, i * range / n);
    case FAR:
      return 1e4 + u;
    default:
      return 2 * u - 1;
  }
}

static void fill_values(input kind, ae_type type, int n, void *x, uint64_t seed) {
  uint64_t state = seed;
  for (int i = 0; i < n; i++) put_value(type, x, i, element_of(kind, type, i, n, &state));
}

static ae_tensor *vector_of(ae_type type, int n, const void *x) {
  ae_tensor *t = NULL;
  const int64_t size = n;
  CHECK_OK(ae_tensor_new_sized(&t, type, 1, &size));
  memcpy(ae_data(t), x, (size_t)n * ae_type_size(type));
  return t;
}

/* ---- the bounds ---- */

typedef struct sums {
  exact plain, squares, product;       /* sum x, sum x^2, sum x z */
  exact sizes, product_sizes, centred; /* sum |x|, sum |x z|, sum (x - mean)^2 */
} sums;

static sums sums_of(ae_type type, int n, const void *x, const void *z) {
  sums s = {0};
  for (int i = 0; i < n; i++) {
    const double a = value_at(type, x, i), b = value_at(type, z, i);
    exact_add(&s.plain, a);
    exact_add(&s.sizes, fabs(a));
    exact_add_product(&s.squares, a, a);
    exact_add_product(&s.product, a, b);
    exact_add_product(&s.product_sizes, fabs(a), fabs(b));
  }
  const double mean = exact_value(&s.plain) / n;
  for (int i = 0; i < n; i++) {
    const double d = value_at(type, x, i) - mean;
    exact_add_product(&s.centred, d, d);
  }
  return s;
}

static void expect(const char *name, ae_type type, input kind, int n, double error, double limit) {
  if (error <= limit) return;
  test_failed(__FILE__, __LINE__, "%s of %d %s, kind %d: wrong by %g, stated %g", name, n,
              ae_type_name(type), (int)kind, error, limit);
}

static double reduced(ae_reduce_op op, const ae_tensor *t, double parameter) {
  ae_number v = ae_from_double(NAN);
  CHECK_OK(ae_reduce(&v, op, t, parameter));
  return ae_to_double(v);
}

static void check_bounds(ae_type type, input kind, int n) {
  static double x[MOST], z[MOST];
  ae_number dot;
  fill_values(kind, type, n, x, 3);
  fill_values(kind == RANGES ? RANGES : UNIFORM, type, n, z, 4);
  ae_tensor *t = vector_of(type, n, x), *other = vector_of(type, n, z);
  const sums s = sums_of(type, n, x, z);
  /* The first order in `unit`, and one in a hundred for the others. */
  const double d = 1.01 * unit * depth(n), product = type == AE_DOUBLE ? 1.01 * unit : 0;
  const double size = exact_value(&s.sizes), mean = exact_value(&s.plain) / n;
  expect("sum", type, kind, n, exact_error(&s.plain, reduced(AE_SUM, t, 0)), d * size);
  expect("norm 1", type, kind, n, exact_error(&s.sizes, reduced(AE_NORM, t, 1)), d * size);
  expect("mean", type, kind, n, fabs(reduced(AE_MEAN, t, 0) - mean),
         d * size / n + 4 * unit * fabs(mean));
  const double norm = sqrt(exact_value(&s.squares));
  expect("norm 2", type, kind, n, fabs(reduced(AE_NORM, t, 2) - norm),
         ((d + product) / 2 + 4 * unit) * norm);
  CHECK_OK(ae_dot(&dot, t, other));
  expect("dot", type, kind, n, exact_error(&s.product, ae_to_double(dot)),
         (d + product) * exact_value(&s.product_sizes));
  const double var = n > 1 ? exact_value(&s.centred) / (n - 1) : 0, shift = d * size / n;
  if (n > 1)
    expect("var", type, kind, n, fabs(reduced(AE_VAR, t, 0) - var),
           (d + 8 * unit) * var + 2 * shift * shift);
  ae_tensor_release(t);
  ae_tensor_release(other);
}

TEST(reductions_keep_to_the_stated_errors) {
  static const int lengths[] = {1, 2, 17, 4096, 4097, MOST};
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++)
    for (int kind = 0; kind < INPUTS; kind++)
      for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        check_bounds(type, (input)kind, lengths[i]);
}

/* Float's are added up in double: neither overflow nor underflow on the way. */
TEST(float_norms_do_not_overflow) {
  ae_tensor *t = VECTOR(AE_FLOAT, 2, 3e38, 3e38), *small = VECTOR(AE_FLOAT, 2, 3e-38, 3e-38);
  CHECK_NEAR(reduced(AE_NORM, t, 2) / 3e38, sqrt(2), 1e-6);
  CHECK_NEAR(reduced(AE_SUM, t, 0) / 3e38, 2, 1e-6);
  CHECK_NEAR(reduced(AE_NORM, small, 2) / 3e-38, sqrt(2), 1e-6);
  ae_tensor *wide = VECTOR(AE_DOUBLE, 2, 1e200, 1e200); /* not scaled: stated, too */
  CHECK(reduced(AE_NORM, wide, 2) == INFINITY);
  ae_tensor_release(t);
  ae_tensor_release(small);
  ae_tensor_release(wide);
}

/* ---- the same bits ---- */

static void check_same(ae_type type, const ae_tensor *t, const ae_tensor *like, const char *what) {
  static const struct {
    ae_reduce_op op;
    double parameter;
  } each[] = {{AE_SUM, 0},  {AE_MEAN, 0}, {AE_VAR, 0}, {AE_STD, 0},
              {AE_NORM, 2}, {AE_NORM, 1}, {AE_NORM, 3}};
  ae_number a, b;
  for (size_t i = 0; i < sizeof each / sizeof *each; i++)
    if (reduced(each[i].op, t, each[i].parameter) != reduced(each[i].op, like, each[i].parameter))
      test_failed(__FILE__, __LINE__, "reduction %d of %s: other bits, %s", (int)each[i].op,
                  ae_type_name(type), what);
  CHECK_OK(ae_dot(&a, t, t));
  CHECK_OK(ae_dot(&b, like, like));
  CHECK(ae_to_double(a) == ae_to_double(b));
}

/* Every third element of a longer tensor. */
static ae_tensor *spread(ae_type type, const ae_tensor *from) {
  ae_tensor *all = NULL, *column = NULL;
  CHECK_OK(ae_tensor_new_sized(&all, type, 2, (int64_t[]){from->size[0], 3}));
  CHECK_OK(ae_tensor_new(&column, type));
  CHECK_OK(ae_fill(all, ae_from_double(7)));
  CHECK_OK(ae_select(column, all, 1, 1));
  CHECK_OK(ae_copy(column, from));
  ae_tensor_release(all);
  return column;
}

TEST(strides_and_threads_do_not_change_a_bit) {
  static double x[MOST];
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    fill_values(RANGES, type, MOST, x, 8);
    ae_tensor *t = vector_of(type, MOST, x), *column = spread(type, t);
    ae_number first = ae_from_double(0), now;
    check_same(type, column, t, "strided");
    for (int threads = 1; threads <= 4; threads++) {
      CHECK_OK(ae_set_threads(threads));
      CHECK_OK(ae_dot(&now, t, t));
      now = ae_from_double(ae_to_double(now) + reduced(AE_SUM, t, 0) + reduced(AE_STD, t, 0));
      if (threads == 1) first = now;
      CHECK(ae_to_double(now) == ae_to_double(first));
    }
    CHECK_OK(ae_set_threads(0));
    ae_tensor_release(t);
    ae_tensor_release(column);
  }
}

/* ---- the matrix product: one chain of fma over k in the type itself ---- */

static void check_product(ae_type type, input kind, int k, double alpha) {
  enum { ROWS = 3, COLUMNS = 5 };
  static double a[ROWS * 3000], b[COLUMNS * 3000], c[ROWS * COLUMNS];
  fill_values(kind, type, ROWS * k, a, 5);
  fill_values(kind == RANGES ? RANGES : UNIFORM, type, COLUMNS * k, b, 6);
  const aei_gemm g = {.m = ROWS,
                      .n = COLUMNS,
                      .k = k,
                      .alpha = alpha,
                      .a = a,
                      .a_row = k,
                      .a_col = 1,
                      .b = b,
                      .b_row = COLUMNS,
                      .b_col = 1,
                      .c = c,
                      .c_row = COLUMNS,
                      .c_col = 1};
  aei_gemm_run(type, &g);
  const double u = type == AE_FLOAT ? 0x1p-24 : unit, roundings = k + (alpha != 1);
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    exact sum = {0}, sizes = {0};
    for (int p = 0; p < k; p++) {
      const double x = value_at(type, a, i / COLUMNS * k + p),
                   y = value_at(type, b, p * COLUMNS + i % COLUMNS);
      exact_add_product(&sum, alpha * x, y); /* alpha is a power of 2, or the type is Float */
      exact_add_product(&sizes, fabs(alpha * x), fabs(y));
    }
    expect("product", type, kind, k, exact_error(&sum, value_at(type, c, i)),
           1.01 * u * roundings * exact_value(&sizes));
  }
}

TEST(matrix_products_keep_to_the_stated_error) {
  static const int lengths[] = {1, 2, 100, 784, 3000};
  for (int path = 0; use_path(path); path++)
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++)
      for (int kind = 0; kind < INPUTS; kind++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
          check_product(type, kind == RANGES && type == AE_FLOAT ? UNIFORM : (input)kind,
                        lengths[i], 1);
          check_product(type, UNIFORM, lengths[i], 0.25);
          if (type == AE_FLOAT) check_product(type, UNIFORM, lengths[i], (double)0.3f);
        }
  CHECK_OK(ae_set_kernels(NULL));
}
