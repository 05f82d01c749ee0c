/* Element-wise functions against plain loops: types, layouts, in place, errors. */
#include "math/lines.h"

enum { ROWS = 7, COLUMNS = 11 };

TEST(maps_of_one_and_two_operands){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 1), *y = empty_of(type);
  ae_tensor *z = laid_out(type, (layout + 1) % LAYOUTS, ROWS, COLUMNS, 2);
  CHECK_OK(ae_map1(AE_MUL_SCALAR, y, x, 3, 0));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) CHECK(at(y, i, j) == 3 * at(x, i, j));
  CHECK_OK(ae_map2(AE_ADD, y, x, z, 2));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) CHECK(at(y, i, j) == at(x, i, j) + 2 * at(z, i, j));
  CHECK_OK(ae_addcmul(y, x, 2, x, z));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++)
      CHECK(at(y, i, j) == stored(type, (int64_t)(at(x, i, j) + 2 * at(x, i, j) * at(z, i, j))));
  ae_tensor *before = NULL;
  CHECK_OK(ae_clone(&before, x));
  CHECK_OK(ae_map2(AE_CMAX, x, x, z, 0)); /* in place, through the view */
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      double a = at(before, i, j), b = at(z, i, j);
      CHECK(at(x, i, j) == (a > b ? a : b));
    }
  ae_tensor_release(before);
  ae_tensor_release(x);
  ae_tensor_release(y);
  ae_tensor_release(z);
})}

TEST(an_expanded_operand_is_read_over_and_over) {
  ae_tensor *row = VECTOR(AE_FLOAT, 3, 1, 2, 3), *y = empty_of(AE_FLOAT);
  ae_tensor wide = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_expand(&wide, row, 2, (int64_t[]){2, 3}));
  CHECK_OK(ae_map2(AE_ADD, y, &wide, &wide, 1));
  CHECK_TENSOR(y, 0, 2, 4, 6, 2, 4, 6);
  ae_tensor_clear(&wide);
  ae_tensor_release(row);
  ae_tensor_release(y);
}

TEST(comparisons_and_equality){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 1), *mask = empty_of(AE_BYTE);
  ae_tensor *z = laid_out(type, 0, ROWS, COLUMNS, 2);
  CHECK_OK(ae_compare(AE_LT, mask, x, z));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) CHECK(at(mask, i, j) == (at(x, i, j) < at(z, i, j)));
  CHECK_OK(ae_compare_scalar(AE_GE, mask, x, ae_from_int(5)));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) CHECK(at(mask, i, j) == (at(x, i, j) >= 5));
  CHECK_OK(ae_convert(z, x));
  CHECK(ae_equal(x, z));
  CHECK_OK(ae_put(z, (int64_t[]){ROWS - 1, COLUMNS - 1}, ae_from_int(77)));
  CHECK(!ae_equal(x, z));
  ae_tensor_release(x);
  ae_tensor_release(z);
  ae_tensor_release(mask);
})}

TEST(refusals_leave_the_output) {
  ae_tensor *x = VECTOR(AE_LONG, 3, 4, 0, 5), *y = VECTOR(AE_LONG, 1, 9),
            *f = VECTOR(AE_FLOAT, 2, 1, 2);
  CHECK_FAILS(ae_map1(AE_EXP, y, x, 0, 0), AE_ETYPE, "exp: not defined for a LongTensor");
  CHECK_FAILS(ae_map1(AE_DIV_SCALAR, y, x, 0, 0), AE_EARG, "div: division of a LongTensor by zero");
  CHECK_FAILS(ae_map2(AE_DIV, y, x, x, 0), AE_EARG, "cdiv: division of a LongTensor by zero");
  CHECK_FAILS(ae_map2(AE_ADD, y, x, f, 1), AE_ETYPE, "add: a LongTensor and a FloatTensor");
  CHECK_FAILS(ae_map1(AE_NEG, f, x, 0, 0), AE_ETYPE, "neg: a FloatTensor and a LongTensor");
  ae_tensor *short_one = VECTOR(AE_LONG, 2, 1, 1);
  CHECK_FAILS(ae_map2(AE_MUL, y, x, short_one, 0), AE_ESHAPE, "3 (3 elements) and 2 (2 elements)");
  CHECK_TENSOR(y, 0, 9);
  ae_tensor_release(x);
  ae_tensor_release(y);
  ae_tensor_release(f);
  ae_tensor_release(short_one);
}

TEST(filling_ranges_and_the_identity) {
  for (int type = 0; type < AE_NTYPES; type++) {
    ae_tensor *t = empty_of((ae_type)type);
    CHECK_OK(ae_range(t, 1, 10, 4));
    CHECK_TENSOR(t, 0, 1, 5, 9);
    CHECK_OK(ae_linspace(t, 0, 8, 5));
    CHECK_TENSOR(t, 0, 0, 2, 4, 6, 8);
    CHECK_OK(ae_eye(t, 2, 3));
    CHECK_TENSOR(t, 0, 1, 0, 0, 0, 1, 0);
    CHECK_OK(ae_fill(t, ae_from_int(7)));
    CHECK_TENSOR(t, 0, 7, 7, 7, 7, 7, 7);
    CHECK_FAILS(ae_range(t, 1, 0, 1), AE_EARG, "range: from 1 to 0");
    CHECK_FAILS(ae_linspace(t, 0, 1, 0), AE_EARG, "0 points");
    CHECK_FAILS(ae_eye(t, 0, 1), AE_EARG, "eye");
    ae_tensor_release(t);
  }
}

TEST(products_and_quotients_are_added) {
  ae_tensor *x = VECTOR(AE_DOUBLE, 2, 1, 2), *a = VECTOR(AE_DOUBLE, 2, 6, 8);
  CHECK_OK(ae_addcdiv(x, x, 0.5, a, x));
  CHECK_TENSOR(x, 0, 4, 4);
  CHECK_OK(ae_addcmul(x, x, 0.5, a, x));
  CHECK_TENSOR(x, 0, 16, 20);
  CHECK(ae_all_close(a, a, 0, 0));
  CHECK_OK(ae_map1(AE_NEG, x, a, 0, 0));
  CHECK(!ae_all_close(a, x, 0.1, 1) && !ae_all_close(x, a, 0.1, 1));
  CHECK_OK(ae_map1(AE_ADD_SCALAR, a, x, 0.5, 0));
  CHECK(ae_all_close(a, x, 0, 0.5) && ae_all_close(x, a, 0.1, 0) && !ae_all_close(a, x, 0.01, 0));
  ae_tensor_release(x);
  ae_tensor_release(a);
}
