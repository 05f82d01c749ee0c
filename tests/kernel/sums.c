/* Reductions of one run: lanes and their combination as promised, the same on every path. */
#include "values.h"

enum { N = 1000 };

/* kernel.h's contract, literally. */
static double lanes16(int n, const double *term) {
  double lane[16] = {0};
  for (int i = 0; i < n; i++) lane[i % 16] += term[i];
  for (int width = 8; width > 0; width /= 2) {
    for (int l = 0; l < width; l++) lane[l] += lane[l + width];
  }
  return lane[0];
}

static void check_sums(ae_type type, int n) {
  uint64_t state = 5;
  double x[N], z[N], plain[N], squares[N], sizes[N], products[N];
  for (int i = 0; i < n; i++) {
    put_value(type, x, i, 100 * next_unit(&state) - 50);
    put_value(type, z, i, next_unit(&state));
    const double v = value_at(type, x, i);
    plain[i] = v;
    squares[i] = (v - 0.25) * (v - 0.25);
    sizes[i] = fabs(v);
    products[i] = v * value_at(type, z, i);
  }
  const aei_type_kernels *k = aei_kernels_of(type);
  CHECK(ae_to_double(k->sum(n, x, 0)) == lanes16(n, plain));
  CHECK(ae_to_double(k->sum_squares(n, x, 0.25)) == lanes16(n, squares));
  CHECK(ae_to_double(k->sum_abs(n, x, 0)) == lanes16(n, sizes));
  CHECK(ae_to_double(k->dot(n, x, z)) == lanes16(n, products));
}

TEST(real_sums_use_sixteen_lanes_on_every_path) {
  static const int lengths[] = {0, 1, 15, 16, 17, 31, 33, 100, 999};
  for (int path = 0; use_path(path); path++) {
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
      check_sums(AE_FLOAT, lengths[i]);
      check_sums(AE_DOUBLE, lengths[i]);
    }
  }
}

TEST(integer_sums_wrap_around) {
  const int64_t x[3] = {INT64_MAX, 1, -5};
  const uint8_t b[300] = {255, 255, 255, [299] = 255};
  const aei_type_kernels *k = aei_kernels_of(AE_LONG);
  CHECK(k->sum(2, x, 0).as.i == INT64_MIN);
  CHECK(k->sum_abs(2, x + 1, 0).as.i == 6);
  CHECK(k->dot(2, x + 1, x + 1).as.i == 26);
  CHECK(aei_kernels_of(AE_BYTE)->sum(300, b, 0).as.i == 1020);
  CHECK(aei_kernels_of(AE_BYTE)->dot(300, b, b).as.i == 4 * 255 * 255);
}
