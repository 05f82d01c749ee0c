/* Reductions, extremes, running sums and sorting against plain loops; the same bits for every
 * layout. */
#include "math/lines.h"

#include <math.h>

enum { ROWS = 37, COLUMNS = 23 };

TEST(whole_sums_and_extremes){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 3);
  double sum = 0;
  double low = 99;
  double high = -1;
  double squares = 0;
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      double v = at(x, i, j);
      sum += v;
      squares += v * v;
      low = v < low ? v : low;
      high = v > high ? v : high;
    }
  ae_number r;
  CHECK_OK(ae_reduce(&r, AE_SUM, x, 0));
  CHECK(ae_to_double(r) == sum && r.integral == !ae_type_is_real(type));
  CHECK_OK(ae_reduce(&r, AE_MIN, x, 0));
  CHECK(ae_to_double(r) == low);
  CHECK_OK(ae_reduce(&r, AE_MAX, x, 0));
  CHECK(ae_to_double(r) == high);
  CHECK_OK(ae_dot(&r, x, x));
  CHECK(ae_to_double(r) == squares);
  if (ae_type_is_real(type)) {
    double n = ROWS * COLUMNS;
    CHECK_OK(ae_reduce(&r, AE_MEAN, x, 0));
    CHECK_NEAR(r.as.d, sum / n, 1e-12);
    CHECK_OK(ae_reduce(&r, AE_VAR, x, 0));
    CHECK_NEAR(r.as.d, (squares - sum * sum / n) / (n - 1), 1e-9);
    CHECK_OK(ae_reduce(&r, AE_STD, x, 1));
    CHECK_NEAR(r.as.d, sqrt((squares - sum * sum / n) / n), 1e-9);
    CHECK_OK(ae_reduce(&r, AE_NORM, x, 2));
    CHECK_NEAR(r.as.d, sqrt(squares), 1e-9);
    CHECK_OK(ae_reduce(&r, AE_NORM, x, 1));
    CHECK_NEAR(r.as.d, sum, 1e-9);
    CHECK_OK(ae_reduce(&r, AE_NORM, x, INFINITY));
    CHECK(r.as.d == high);
  }
  ae_tensor_release(x);
})}

TEST(sums_along_each_dimension){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 4), *y = empty_of(type);
  CHECK_OK(ae_reduce_dim(AE_SUM, y, x, 0, 0));
  CHECK(y->ndim == 2 && y->size[0] == 1 && y->size[1] == COLUMNS);
  for (int j = 0; j < COLUMNS; j++) {
    int64_t sum = 0;
    for (int i = 0; i < ROWS; i++) sum += (int64_t)at(x, i, j);
    CHECK(at(y, 0, j) == stored(type, sum));
  }
  CHECK_OK(ae_reduce_dim(AE_PROD, y, x, 1, 0));
  CHECK(y->size[0] == ROWS && y->size[1] == 1);
  CHECK_OK(ae_cumulate(AE_SUM, y, x, 1));
  for (int i = 0; i < ROWS; i++) {
    int64_t sum = 0;
    for (int j = 0; j < COLUMNS; j++) {
      sum += (int64_t)at(x, i, j);
      CHECK(at(y, i, j) == stored(type, sum));
    }
  }
  ae_tensor_release(x);
  ae_tensor_release(y);
})}

TEST(extremes_tell_their_first_place){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 5), *v = empty_of(type);
  ae_tensor *place = empty_of(AE_LONG);
  for (int dim = 0; dim < 2; dim++) {
    CHECK_OK(ae_extreme_dim(AE_MAX, v, place, x, dim));
    for (int k = 0; k < (dim ? ROWS : COLUMNS); k++) {
      int best = 0;
      for (int i = 1; i < (dim ? COLUMNS : ROWS); i++)
        if (at(x, dim ? k : i, dim ? i : k) > at(x, dim ? k : best, dim ? best : k)) best = i;
      CHECK(at(place, dim ? k : 0, dim ? 0 : k) == best);
      CHECK(at(v, dim ? k : 0, dim ? 0 : k) == at(x, dim ? k : best, dim ? best : k));
    }
  }
  ae_tensor_release(x);
  ae_tensor_release(v);
  ae_tensor_release(place);
})}

TEST(sorting_is_stable_and_puts_nan_last) {
  EACH_TYPE_AND_LAYOUT({
    ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 6), *v = empty_of(type);
    ae_tensor *place = empty_of(AE_LONG);
    for (int descending = 0; descending < 2; descending++) {
      CHECK_OK(ae_sort(v, place, x, 1, descending));
      for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++) {
          CHECK(at(v, i, j) == at(x, i, (int64_t)at(place, i, j)));
          if (j == 0) continue;
          double a = at(v, i, j - 1);
          double b = at(v, i, j);
          CHECK(descending ? a >= b : a <= b);
          CHECK(a != b || at(place, i, j - 1) < at(place, i, j));
        }
    }
    ae_tensor *top = empty_of(type);
    CHECK_OK(ae_topk(top, place, x, 3, 1, true));
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < 3; j++) CHECK(at(top, i, j) == at(v, i, j));
    CHECK_FAILS(ae_topk(top, place, x, COLUMNS + 1, 1, true), AE_EARG, "k is 24");
    ae_tensor_release(x);
    ae_tensor_release(v);
    ae_tensor_release(top);
    ae_tensor_release(place);
  })
  ae_tensor *x = VECTOR(AE_FLOAT, 4, 2, NAN, 1, 3), *v = empty_of(AE_FLOAT);
  ae_tensor *place = empty_of(AE_LONG);
  CHECK_OK(ae_sort(v, place, x, 0, false));
  CHECK_TENSOR(place, 0, 2, 0, 3, 1);
  ae_number r;
  CHECK_OK(ae_reduce(&r, AE_MAX, x, 0));
  CHECK(isnan(r.as.d));
  CHECK_OK(ae_extreme_dim(AE_MIN, v, place, x, 0));
  CHECK_TENSOR(place, 0, 1);
  ae_tensor_release(x);
  ae_tensor_release(v);
  ae_tensor_release(place);
}

/* 100,003 elements are many runs in several groups of threads. */
TEST(long_sums_have_the_same_bits_everywhere) {
  ae_tensor *x = random_matrix(AE_FLOAT, 311, 323, 8);
  ae_number first = ae_from_int(0);
  for (int path = 0; ae_kernels_available(path); path++) {
    for (int threads = 1; threads <= 3; threads++) {
      ae_number r;
      CHECK_OK(ae_set_kernels(ae_kernels_available(path)));
      CHECK_OK(ae_set_threads(threads));
      CHECK_OK(ae_reduce(&r, AE_SUM, x, 0));
      if (path == 0 && threads == 1) first = r;
      CHECK(memcmp(&r.as.d, &first.as.d, sizeof r.as.d) == 0);
    }
  }
  CHECK_OK(ae_set_kernels(NULL));
  CHECK_OK(ae_set_threads(0));
  ae_tensor_release(x);
}

TEST(empty_and_unfit_tensors) {
  ae_tensor *none = empty_of(AE_FLOAT), *x = VECTOR(AE_LONG, 2, 1, 2), *y = empty_of(AE_LONG);
  ae_number r;
  CHECK_OK(ae_reduce(&r, AE_SUM, none, 0));
  CHECK(r.as.d == 0);
  CHECK_FAILS(ae_reduce(&r, AE_MAX, none, 0), AE_EARG, "max: the tensor is empty");
  CHECK_FAILS(ae_reduce(&r, AE_MEAN, x, 0), AE_ETYPE, "mean: not defined for a LongTensor");
  CHECK_FAILS(ae_reduce_dim(AE_SUM, y, x, 1, 0), AE_EARG, "sum: dimension 2 of a tensor with 1");
  CHECK_FAILS(ae_dot(&r, x, none), AE_ETYPE, "dot");
  ae_tensor_release(none);
  ae_tensor_release(x);
  ae_tensor_release(y);
}

TEST(the_product_of_nothing_is_one) {
  ae_number value = ae_from_int(7);
  ae_tensor *reals = empty_of(AE_DOUBLE), *integers = empty_of(AE_LONG);
  CHECK_OK(ae_reduce(&value, AE_PROD, reals, 0));
  CHECK(!value.integral && value.as.d == 1);
  CHECK_OK(ae_reduce(&value, AE_PROD, integers, 0));
  CHECK(value.integral && value.as.i == 1);
  ae_tensor_release(reals);
  ae_tensor_release(integers);
}
