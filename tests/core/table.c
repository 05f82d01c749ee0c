/* Tables of tensors: their parts, how deep they may be, and that others see nothing in them. */
#include "core/core.h"

#include "test.h"

static ae_tensor *made(ae_type type, int64_t n, double value) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, type, 1, &n));
  CHECK_OK(ae_fill(t, ae_from_double(value)));
  return t;
}

/* {n elements of value, {n + 1 elements of value}} */
static ae_tensor *nested(int64_t n, double value) {
  ae_tensor *t = NULL, *first = made(AE_DOUBLE, n, value), *last = made(AE_DOUBLE, n + 1, value);
  CHECK_OK(ae_tensor_new(&t, AE_DOUBLE));
  CHECK_OK(ae_table_resize(t, 2));
  CHECK_OK(ae_table_set(t, 0, first));
  CHECK_OK(ae_table_resize(t->part[1], 1));
  CHECK_OK(ae_table_set(t->part[1], 0, last));
  ae_tensor_release(first);
  ae_tensor_release(last);
  return t;
}

static double at(const ae_tensor *t, int64_t i) {
  ae_number v = ae_from_double(-1);
  CHECK_OK(ae_get(&v, t, &i));
  return ae_to_double(v);
}

TEST(a_table_keeps_its_parts_when_it_is_resized) {
  size_t before = ae_memory_in_use();
  ae_tensor *t = nested(3, 1), *first = t->part[0];
  CHECK_OK(ae_table_resize(t, 3));
  CHECK(t->part[0] == first && t->part[1]->nparts == 1 && t->part[2]->ndim == 0);
  CHECK_OK(ae_table_resize(t, 1));
  CHECK(t->nparts == 1 && t->part[0] == first && first->refs == 1);
  CHECK_FAILS(ae_table_resize(t, 0), AE_EARG, "at least one");
  CHECK_FAILS(ae_table_set(t, 1, first), AE_EARG, "no tensor 2 in a table of 1 tensor");
  ae_tensor_release(t);
  CHECK(ae_memory_in_use() == before);
}

TEST(others_see_an_empty_tensor_in_a_table) {
  ae_tensor *t = nested(3, 1), *plain = made(AE_DOUBLE, 2, 5);
  char text[AEI_SHAPE_CAPACITY];
  CHECK(ae_nelement(t) == 0 && ae_data(t) != NULL);
  CHECK(strcmp(aei_shape(text, sizeof text, t), "a table of 2 tensors") == 0);
  CHECK_FAILS(ae_map2(AE_ADD, plain, plain, t, 1), AE_ESHAPE, "a table of 2 tensors");
  CHECK_FAILS(ae_copy(plain, t), AE_ESHAPE, "a table of 2 tensors");
  ae_tensor_release(t);
  ae_tensor_release(plain);
}

TEST(a_table_becomes_a_tensor_again) {
  const int64_t want[] = {3, 2, 0};
  ae_tensor *plain = made(AE_DOUBLE, 2, 5);
  for (int k = 0; k < 3; k++) {
    ae_tensor *t = nested(3, 1);
    if (k == 0) CHECK_OK(ae_resize_as(t, t->part[0])); /* its sizes go with it */
    if (k == 1) CHECK_OK(ae_set(t, plain));
    if (k == 2) ae_tensor_clear(t);
    CHECK(t->nparts == 0 && !t->part && ae_nelement(t) == want[k]);
    CHECK_OK(ae_table_resize(t, 1));
    CHECK(t->ndim == 0 && !t->storage);
    ae_tensor_release(t);
  }
  CHECK(plain->refs == 1 && plain->storage->refs == 1);
  ae_tensor_release(plain);
}

TEST(tables_do_not_hold_themselves) {
  ae_tensor *t = nested(3, 1), *inner = t->part[1], *chain[AE_MAXDEPTH + 1];
  CHECK_FAILS(ae_table_set(t, 0, t), AE_EARG, "cannot hold itself");
  CHECK_FAILS(ae_table_set(inner, 0, t), AE_EARG, "cannot hold itself");
  ae_tensor_release(t);
  for (int i = 0; i <= AE_MAXDEPTH; i++) {
    CHECK_OK(ae_tensor_new(&chain[i], AE_FLOAT));
    CHECK_OK(ae_table_resize(chain[i], 1));
    if (i == 0) continue;
    if (i < AE_MAXDEPTH) CHECK_OK(ae_table_set(chain[i], 0, chain[i - 1]));
    if (i == AE_MAXDEPTH)
      CHECK_FAILS(ae_table_set(chain[i], 0, chain[i - 1]), AE_EARG, "more than 8 deep");
  }
  for (int i = 0; i <= AE_MAXDEPTH; i++) ae_tensor_release(chain[i]);
}

TEST(what_is_done_to_all_parts) {
  ae_tensor *a = nested(3, 1), *b = nested(3, 2), *y = NULL, *copy = NULL, *other = nested(4, 1);
  CHECK_OK(ae_tensor_new(&y, AE_DOUBLE));
  CHECK_OK(aei_sum_parts(y, a, b));
  CHECK(aei_same_parts(y, a) && !aei_same_parts(y, other));
  CHECK(at(y->part[0], 2) == 3 && at(y->part[1]->part[0], 3) == 3);
  size_t before = ae_memory_in_use();
  CHECK_OK(aei_sum_parts(y, y, b));
  CHECK_OK(aei_resize_parts(y, b));
  CHECK(ae_memory_in_use() == before && at(y->part[0], 0) == 5);
  CHECK_OK(aei_copy_parts(y, a));
  CHECK_OK(ae_clone(&copy, y));
  CHECK_OK(aei_zero_parts(y));
  CHECK(at(y->part[1]->part[0], 0) == 0 && at(copy->part[1]->part[0], 0) == 1);
  CHECK_FAILS(aei_sum_parts(y, a, b->part[0]), AE_ESHAPE, "3 cannot be added to a table of 2");
  CHECK_FAILS(aei_sum_parts(y, a, other), AE_ESHAPE, "3");
  ae_tensor *all[] = {a, b, y, copy, other};
  for (int i = 0; i < 5; i++) ae_tensor_release(all[i]);
}
