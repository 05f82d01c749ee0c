/* Tensors as objects: resizing, sharing, single elements, copies between types. */
#include "core/core.h"

#include "test.h"

static ae_tensor *counting(ae_type type, int ndim, const int64_t *size) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, type, ndim, size));
  ae_tensor flat = ae_tensor_local(type);
  int64_t n = ae_nelement(t);
  CHECK_OK(ae_view(&flat, t, 1, &n));
  for (int64_t i = 0; i < n; i++) CHECK_OK(ae_put(&flat, &i, ae_from_int(i)));
  ae_tensor_clear(&flat);
  return t;
}

static double at(const ae_tensor *t, int64_t i, int64_t j) {
  ae_number v = ae_from_double(-1);
  CHECK_OK(ae_get(&v, t, (int64_t[]){i, j}));
  return ae_to_double(v);
}

TEST(a_view_shares_and_a_clone_does_not) {
  ae_tensor *t = counting(AE_FLOAT, 2, (int64_t[]){3, 4}), *copy = NULL;
  ae_tensor row = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_clone(&copy, t));
  CHECK_OK(ae_select(&row, t, 0, 1));
  CHECK_OK(ae_put(&row, (int64_t[]){2}, ae_from_double(99)));
  CHECK(at(t, 1, 2) == 99);
  CHECK(at(copy, 1, 2) == 6);
  ae_tensor_release(t);
  CHECK(row.storage->refs == 1);
  ae_tensor_clear(&row);
  ae_tensor_release(copy);
}

TEST(no_elements_are_at_an_address_too) {
  ae_tensor t = ae_tensor_local(AE_FLOAT);
  CHECK(ae_data(&t) != NULL);
  CHECK_OK(ae_resize(&t, 2, (int64_t[]){0, 3}));
  CHECK(ae_data(&t) != NULL && ae_nelement(&t) == 0);
  ae_tensor_clear(&t);
}

TEST(resize_keeps_same_sizes_and_grows_the_storage) {
  ae_tensor *t = counting(AE_LONG, 2, (int64_t[]){2, 3});
  const void *data = ae_data(t);
  CHECK_OK(ae_resize(t, 2, (int64_t[]){3, 2}));
  CHECK(ae_data(t) == data && at(t, 2, 1) == 5);
  CHECK_OK(ae_resize(t, 1, (int64_t[]){100}));
  CHECK(t->storage->size == 100 && t->stride[0] == 1);
  CHECK_FAILS(ae_resize(t, 1, (int64_t[]){-5}), AE_ESHAPE, "size -5 of dimension 1");
  CHECK(t->size[0] == 100);
  ae_tensor_release(t);
}

TEST(elements_keep_64_bits) {
  ae_tensor *t = counting(AE_LONG, 1, (int64_t[]){1});
  ae_number v;
  CHECK_OK(ae_put(t, (int64_t[]){0}, ae_from_int(INT64_MIN + 1)));
  CHECK_OK(ae_get(&v, t, (int64_t[]){0}));
  CHECK(v.integral && v.as.i == INT64_MIN + 1);
  CHECK_FAILS(ae_get(&v, t, (int64_t[]){1}), AE_EARG, "index 2 is out of range 1..1");
  CHECK(ae_to_int(ae_from_double(1e300)) == INT64_MAX);
  CHECK(ae_to_int(ae_from_double(-1e300)) == INT64_MIN);
  CHECK(ae_to_int(ae_from_double(-2.9)) == -2);
  ae_tensor_release(t);
}

TEST(copy_converts_between_all_types_and_strides) {
  for (int from = 0; from < AE_NTYPES; from++)
    for (int to = 0; to < AE_NTYPES; to++) {
      ae_tensor *a = counting((ae_type)from, 2, (int64_t[]){5, 7}), *b = NULL;
      ae_tensor turned = ae_tensor_local((ae_type)from);
      CHECK_OK(ae_tensor_new_sized(&b, (ae_type)to, 2, (int64_t[]){7, 5}));
      CHECK_OK(ae_transpose(&turned, a, 0, 1));
      CHECK_OK(ae_copy(b, &turned));
      for (int64_t i = 0; i < 7; i++)
        for (int64_t j = 0; j < 5; j++) CHECK(at(b, i, j) == (double)(j * 7 + i));
      ae_tensor_clear(&turned);
      ae_tensor_release(a);
      ae_tensor_release(b);
    }
}

TEST(copy_needs_as_many_elements) {
  ae_tensor *a = counting(AE_FLOAT, 2, (int64_t[]){2, 3});
  ae_tensor *b = counting(AE_FLOAT, 1, (int64_t[]){5});
  CHECK_FAILS(ae_copy(b, a), AE_ESHAPE, "6 elements (2x3) into 5 (5)");
  ae_tensor_release(a);
  ae_tensor_release(b);
}

TEST(set_storage_stays_inside) {
  ae_tensor *t = counting(AE_BYTE, 1, (int64_t[]){10});
  ae_tensor v = ae_tensor_local(AE_BYTE);
  CHECK_OK(ae_set_storage(&v, t->storage, 1, 2, (int64_t[]){3, 3}, (int64_t[]){3, 1}));
  CHECK(at(&v, 2, 2) == 9);
  CHECK_FAILS(ae_set_storage(&v, t->storage, 2, 2, (int64_t[]){3, 3}, NULL), AE_EARG,
              "elements 3..11 of a storage with 10");
  CHECK_FAILS(ae_set_storage(&v, t->storage, 0, 1, (int64_t[]){2}, (int64_t[]){-1}), AE_EARG,
              "negative");
  CHECK(at(&v, 2, 2) == 9);
  ae_tensor_clear(&v);
  ae_tensor_release(t);
}

TEST(an_empty_tensor_has_no_elements_and_no_room_beyond_all_sizes) {
  ae_tensor *t = counting(AE_BYTE, 1, (int64_t[]){10});
  ae_tensor v = ae_tensor_local(AE_BYTE);
  ae_number value = ae_from_int(1);
  CHECK_FAILS(ae_get(&value, &v, NULL), AE_EARG, "an empty tensor has no elements");
  CHECK_FAILS(ae_put(&v, NULL, value), AE_EARG, "an empty tensor has no elements");
  CHECK_OK(ae_set_storage(&v, t->storage, INT64_MAX - 2, 0, NULL, NULL));
  CHECK_FAILS(ae_resize(&v, 1, (int64_t[]){4}), AE_ESHAPE, "and 4 elements overflow");
  CHECK_OK(ae_set_storage(&v, NULL, 0, 0, NULL, NULL));
  CHECK(!v.storage && ae_nelement(&v) == 0);
  ae_tensor_clear(&v);
  ae_tensor_release(t);
}
