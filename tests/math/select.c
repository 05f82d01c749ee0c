/* Selection, rearrangement and products against plain loops. */
#include "math/lines.h"

enum { ROWS = 6, COLUMNS = 5 };

TEST(cat_and_repeat){EACH_TYPE_AND_LAYOUT({
  ae_tensor *a = laid_out(type, layout, ROWS, COLUMNS, 1), *y = empty_of(type);
  ae_tensor *b = laid_out(type, 0, ROWS, 2, 2), *none = empty_of(type);
  CHECK_OK(ae_cat(y, 3, (const ae_tensor *[]){a, none, b}, 1));
  CHECK(y->size[0] == ROWS && y->size[1] == COLUMNS + 2);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS + 2; j++)
      CHECK(at(y, i, j) == (j < COLUMNS ? at(a, i, j) : at(b, i, j - COLUMNS)));
  CHECK_FAILS(ae_cat(y, 2, (const ae_tensor *[]){a, b}, 0), AE_ESHAPE, "tensor 2 is 6x2");
  CHECK_OK(ae_cat(a, 2, (const ae_tensor *[]){a, a}, 0)); /* onto itself */
  CHECK(a->size[0] == 2 * ROWS && at(a, ROWS, 0) == at(a, 0, 0));
  CHECK_OK(ae_repeat(y, b, 2, (int64_t[]){2, 3}));
  for (int i = 0; i < 2 * ROWS; i++)
    for (int j = 0; j < 6; j++) CHECK(at(y, i, j) == at(b, i % ROWS, j % 2));
  CHECK_FAILS(ae_repeat(y, b, 1, (int64_t[]){2}), AE_EARG, "1 repeats of a 6x2");
  ae_tensor_release(a);
  ae_tensor_release(b);
  ae_tensor_release(y);
  ae_tensor_release(none);
})}

TEST(slices_by_number){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 3), *y = empty_of(type);
  ae_tensor *index = VECTOR(AE_LONG, 3, 4, 0, 4), *bad = VECTOR(AE_LONG, 1, 6);
  CHECK_OK(ae_index_select(y, x, 0, index));
  for (int k = 0; k < 3; k++)
    for (int j = 0; j < COLUMNS; j++) CHECK(at(y, k, j) == at(x, k == 1 ? 0 : 4, j));
  CHECK_FAILS(ae_index_select(y, x, 0, bad), AE_EARG, "index 7 (entry 1) is out of range 1..6");
  CHECK_OK(ae_fill(y, ae_from_int(1)));
  double before = at(x, 4, 2);
  CHECK_OK(ae_index_add(x, 0, index, y));
  CHECK(at(x, 4, 2) == before + 2);
  CHECK_OK(ae_index_copy(x, 0, index, y));
  CHECK(at(x, 0, 3) == 1 && at(x, 4, 3) == 1);
  CHECK_OK(ae_index_fill(x, 0, index, ae_from_int(8)));
  CHECK(at(x, 0, 3) == 8 && at(x, 4, 0) == 8);
  CHECK_FAILS(ae_index_copy(x, 1, index, y), AE_ESHAPE, "indexCopy");
  ae_tensor_release(x);
  ae_tensor_release(y);
  ae_tensor_release(index);
  ae_tensor_release(bad);
})}

TEST(gather_and_scatter){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 4), *y = empty_of(type);
  ae_tensor *index = MATRIX(AE_LONG, 2, 5, 5, 0, 1, 2, 3, 0, 1, 2, 3, 4);
  CHECK_OK(ae_gather(y, x, 0, index));
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 5; j++) CHECK(at(y, i, j) == at(x, (int64_t)at(index, i, j), j));
  CHECK_OK(ae_fill(x, ae_from_int(0)));
  CHECK_OK(ae_scatter(x, 0, index, y));
  for (int j = 0; j < 5; j++) CHECK(at(x, (int64_t)at(index, 1, j), j) == at(y, 1, j));
  CHECK_OK(ae_scatter_fill(x, 0, index, ae_from_int(3)));
  CHECK(at(x, 5, 0) == 3 && at(x, 0, 1) == 3);
  CHECK_OK(ae_put(index, (int64_t[]){0, 0}, ae_from_int(6)));
  CHECK_FAILS(ae_gather(y, x, 0, index), AE_EARG, "index 7 is out of range 1..6");
  CHECK_FAILS(ae_gather(y, x, 1, index), AE_ESHAPE, "2x5");
  ae_tensor_release(x);
  ae_tensor_release(y);
  ae_tensor_release(index);
})}

TEST(masks_and_places){EACH_TYPE_AND_LAYOUT({
  ae_tensor *x = laid_out(type, layout, ROWS, COLUMNS, 5), *y = empty_of(type);
  ae_tensor *mask = empty_of(AE_BYTE), *places = empty_of(AE_LONG), *copy = NULL;
  CHECK_OK(ae_compare_scalar(AE_GT, mask, x, ae_from_int(4)));
  CHECK_OK(ae_masked_select(y, x, mask));
  CHECK_OK(ae_nonzero(places, mask));
  CHECK(places->size[0] == y->size[0] && places->size[1] == 2);
  for (int64_t k = 0; k < y->size[0]; k++)
    CHECK(element(y, k) == at(x, (int64_t)at(places, k, 0), (int64_t)at(places, k, 1)));
  CHECK_OK(ae_clone(&copy, x));
  CHECK_OK(ae_masked_fill(x, mask, ae_from_int(1)));
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++)
      CHECK(at(x, i, j) == (at(mask, i, j) != 0 ? 1 : at(copy, i, j)));
  CHECK_OK(ae_masked_copy(x, mask, y));
  CHECK(ae_equal(x, copy));
  CHECK_OK(ae_narrow(y, y, 0, 0, 1));
  CHECK_FAILS(ae_masked_copy(x, mask, y), AE_ESHAPE, "the source has 1");
  CHECK_FAILS(ae_masked_fill(x, places, ae_from_int(1)), AE_ETYPE, "must be a ByteTensor");
  ae_tensor_release(x);
  ae_tensor_release(y);
  ae_tensor_release(mask);
  ae_tensor_release(places);
  ae_tensor_release(copy);
})}

TEST(products_of_matrices_and_vectors) {
  for (int type = 0; type < 2; type++)
    for (int layout = 0; layout < LAYOUTS; layout++) {
      ae_type t = (ae_type)type;
      ae_tensor *a = laid_out(t, layout, 3, 4, 1), *b = laid_out(t, (layout + 1) % 3, 4, 5, 2);
      ae_tensor *c = laid_out(t, (layout + 2) % 3, 3, 5, 3), *y = empty_of(t);
      ae_tensor *x = VECTOR(t, 4, 1, 2, 3, 4), *z = VECTOR(t, 3, 5, 6, 7), *v = empty_of(t);
      CHECK_OK(ae_addmm(y, 2, c, 3, a, b));
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 5; j++) {
          double sum = 2 * at(c, i, j);
          for (int k = 0; k < 4; k++) sum += 3 * at(a, i, k) * at(b, k, j);
          CHECK(at(y, i, j) == sum);
        }
      CHECK_OK(ae_addmv(v, 1, z, 2, a, x));
      for (int i = 0; i < 3; i++) {
        double sum = element(z, i);
        for (int k = 0; k < 4; k++) sum += 2 * at(a, i, k) * element(x, k);
        CHECK(element(v, i) == sum);
      }
      CHECK_OK(ae_addr(y, 0, NULL, 2, z, x));
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) CHECK(at(y, i, j) == 2 * element(z, i) * element(x, j));
      CHECK_FAILS(ae_addmm(y, 0, NULL, 1, a, c), AE_ESHAPE,
                  "a is 3x4 and b is 3x5: 4 columns, 3 rows");
      CHECK_FAILS(ae_addmm(y, 1, x, 1, a, b), AE_ESHAPE, "the product is 3x5 and is added to 4");
      CHECK_FAILS(ae_addmv(v, 0, NULL, 1, a, z), AE_ESHAPE, "a 3x4 matrix times a 3 vector");
      CHECK_OK(ae_narrow(b, b, 1, 0, 4));
      CHECK_OK(ae_addmm(b, 0, NULL, 1, b, b)); /* over its own factor */
      ae_tensor_release(a);
      ae_tensor_release(b);
      ae_tensor_release(c);
      ae_tensor_release(y);
      ae_tensor_release(x);
      ae_tensor_release(z);
      ae_tensor_release(v);
    }
}

TEST(cat_along_a_dimension_that_the_parts_do_not_have) {
  ae_tensor *a = VECTOR(AE_LONG, 2, 1, 2), *b = MATRIX(AE_LONG, 2, 1, 3, 4);
  ae_tensor *wide = MATRIX(AE_LONG, 1, 3, 5, 6, 7), *y = empty_of(AE_LONG);
  CHECK_OK(ae_cat(y, 2, (const ae_tensor *[]){a, a}, 1));
  CHECK_TENSOR(y, 0, 1, 1, 2, 2);
  CHECK_OK(ae_cat(y, 2, (const ae_tensor *[]){b, a}, 1));
  CHECK_TENSOR(y, 0, 3, 1, 4, 2);
  CHECK_OK(ae_cat(y, 2, (const ae_tensor *[]){a, b}, 0));
  CHECK(y->ndim == 2 && y->size[0] == 4);
  CHECK_TENSOR(y, 0, 1, 2, 3, 4);
  CHECK_FAILS(ae_cat(y, 2, (const ae_tensor *[]){a, wide}, 0), AE_ESHAPE,
              "cat: tensor 2 is 1x3 and does not fit dimension 2 (1)");
  CHECK(ae_nelement(y) == 4);
  CHECK_FAILS(ae_cat(y, 1, (const ae_tensor *[]){a}, AE_MAXDIM), AE_EARG, "dimension 9");
  ae_tensor_release(a);
  ae_tensor_release(wide);
  ae_tensor_release(b);
  ae_tensor_release(y);
}

TEST(products_are_of_real_numbers) {
  ae_tensor *a = NULL;
  CHECK_OK(ae_tensor_new_sized(&a, AE_LONG, 2, (int64_t[]){2, 2}));
  CHECK_FAILS(ae_addmm(a, 0, NULL, 1, a, a), AE_ETYPE, "addmm: not defined for a LongTensor");
  ae_tensor_release(a);
}
