/* Views: each against the same elements reached by hand, each refusal with its message. */
#include "core/core.h"

#include "test.h"

/* A (2,3,4) double tensor whose element (i,j,k) is 100 i + 10 j + k, and a view variable. */
static ae_tensor *sample(void) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, AE_DOUBLE, 3, (int64_t[]){2, 3, 4}));
  for (int64_t i = 0; i < 2; i++)
    for (int64_t j = 0; j < 3; j++)
      for (int64_t k = 0; k < 4; k++)
        CHECK_OK(ae_put(t, (int64_t[]){i, j, k}, ae_from_int(100 * i + 10 * j + k)));
  return t;
}

static double value(const ae_tensor *t, const int64_t *index) {
  ae_number v = ae_from_double(-1);
  CHECK_OK(ae_get(&v, t, index));
  return ae_to_double(v);
}

static bool has_shape(const ae_tensor *t, const char *shape) {
  return strcmp(AEI_SHAPE(t), shape) == 0;
}

TEST(views_of_a_cube) {
  ae_tensor *t = sample(), v = ae_tensor_local(AE_DOUBLE);
  CHECK_OK(ae_narrow(&v, t, 2, 1, 2));
  CHECK(has_shape(&v, "2x3x2") && value(&v, (int64_t[]){1, 2, 1}) == 122);
  CHECK_OK(ae_select(&v, t, 1, 2));
  CHECK(has_shape(&v, "2x4") && value(&v, (int64_t[]){1, 3}) == 123);
  CHECK_OK(ae_transpose(&v, t, 0, 2));
  CHECK(has_shape(&v, "4x3x2") && value(&v, (int64_t[]){3, 1, 1}) == 113);
  CHECK(!ae_is_contiguous(&v));
  CHECK_OK(ae_unsqueeze(&v, t, 1));
  CHECK(has_shape(&v, "2x1x3x4") && ae_is_contiguous(&v));
  CHECK_OK(ae_squeeze(&v, &v, -1));
  CHECK(has_shape(&v, "2x3x4"));
  CHECK_OK(ae_view(&v, t, 2, (int64_t[]){-1, 6}));
  CHECK(has_shape(&v, "4x6") && value(&v, (int64_t[]){3, 5}) == 123);
  CHECK_OK(ae_unfold(&v, t, 2, 2, 1));
  CHECK(has_shape(&v, "2x3x3x2") && value(&v, (int64_t[]){0, 1, 2, 1}) == 13);
  CHECK_OK(ae_narrow(&v, t, 0, 1, 1));
  CHECK_OK(ae_expand(&v, &v, 4, (int64_t[]){2, 5, 3, 4}));
  CHECK(has_shape(&v, "2x5x3x4") && value(&v, (int64_t[]){1, 4, 2, 3}) == 123);
  ae_tensor_clear(&v);
  ae_tensor_release(t);
}

TEST(a_view_into_itself) {
  ae_tensor *t = sample();
  CHECK_OK(ae_narrow(t, t, 0, 1, 1));
  CHECK_OK(ae_select(t, t, 0, 0));
  CHECK(has_shape(t, "3x4") && value(t, (int64_t[]){2, 3}) == 123);
  ae_tensor_release(t);
}

TEST(refused_views_leave_the_target_alone) {
  ae_tensor *t = sample(), v = ae_tensor_local(AE_DOUBLE), wrong = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_select(&v, t, 0, 0));
  CHECK_FAILS(ae_narrow(&v, t, 1, 2, 2), AE_EARG, "2 elements from 3 of dimension 2");
  CHECK_FAILS(ae_narrow(&v, t, 3, 0, 1), AE_EARG, "dimension 4 of a tensor with 3");
  CHECK_FAILS(ae_select(&v, t, 0, 2), AE_EARG, "index 3 is out of range 1..2");
  CHECK_FAILS(ae_view(&v, t, 2, (int64_t[]){5, -1}), AE_ESHAPE, "24 elements");
  CHECK_FAILS(ae_view(&v, t, 2, (int64_t[]){-1, -1}), AE_EARG, "only one size");
  CHECK_FAILS(ae_expand(&v, t, 3, (int64_t[]){2, 5, 4}), AE_ESHAPE, "dimension 2 has 3");
  CHECK_FAILS(ae_unfold(&v, t, 2, 5, 1), AE_EARG, "windows of 5");
  CHECK_FAILS(ae_select(&wrong, t, 0, 0), AE_ETYPE, "FloatTensor");
  CHECK(has_shape(&v, "3x4"));
  CHECK_OK(ae_transpose(&v, t, 0, 1));
  CHECK_FAILS(ae_view(&v, &v, 1, (int64_t[]){24}), AE_EARG, "not contiguous");
  ae_tensor_clear(&v);
  ae_tensor_release(t);
}

TEST(sizes_that_are_none) {
  ae_tensor *t = sample(), v = ae_tensor_local(AE_DOUBLE);
  const int64_t large = (int64_t)1 << 40, stride = (int64_t)1 << 60;
  CHECK_OK(ae_select(&v, t, 0, 0));
  CHECK_OK(ae_select(&v, &v, 0, 0));
  CHECK_FAILS(ae_select(&v, &v, 0, 0), AE_ESHAPE, "has elements, not slices (4)");
  CHECK_FAILS(ae_expand(&v, t, 2, (int64_t[]){2, 3}), AE_ESHAPE, "2x3x4 cannot become 2x3");
  CHECK_FAILS(ae_view(&v, t, 1, (int64_t[]){-2}), AE_ESHAPE, "view: -2 is not a size");
  CHECK_FAILS(ae_view(&v, t, 2, (int64_t[]){large, large}), AE_ESHAPE, "is not a size");
  CHECK_FAILS(ae_set_storage(&v, t->storage, 0, 1, (int64_t[]){32}, &stride), AE_EARG,
              "set: sizes and strides overflow");
  CHECK_FAILS(ae_view(&v, t, 0, NULL), AE_ESHAPE, "view: 1 to 8 sizes, not 0");
  CHECK_FAILS(ae_unsqueeze(&v, t, 4), AE_EARG, "unsqueeze: no place 5 for a new dimension in a");
  CHECK_FAILS(ae_resize(&v, AE_MAXDIM + 1, NULL), AE_ESHAPE, "0 to 8 dimensions, not 9");
  CHECK(has_shape(&v, "4"));
  ae_tensor_clear(&v);
  ae_tensor_release(t);
}
