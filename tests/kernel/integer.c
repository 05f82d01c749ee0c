/* Long and Byte: wrap-around, division, scalars with fractions. */
#include "values.h"

static int64_t map_long(int op, int64_t x, double a, double b) {
  int64_t y;
  aei_kernels_of(AE_LONG)->map1[op](1, &y, &x, a, b);
  return y;
}

static int map_byte(int op, int x, double a) {
  const uint8_t in = (uint8_t)x;
  uint8_t y;
  aei_kernels_of(AE_BYTE)->map1[op](1, &y, &in, a, 0);
  return y;
}

TEST(long_maps_are_exact_and_wrap) {
  CHECK(map_long(AE_ADD_SCALAR, INT64_MAX, 1, 0) == INT64_MIN);
  CHECK(map_long(AE_MUL_SCALAR, ((int64_t)1 << 62) + 1, 3, 0) == (int64_t)0xC000000000000003u);
  CHECK(map_long(AE_DIV_SCALAR, -7, 2, 0) == -3);
  CHECK(map_long(AE_DIV_SCALAR, INT64_MIN, -1, 0) == INT64_MIN);
  CHECK(map_long(AE_RDIV_SCALAR, 2, 7, 0) == 3);
  CHECK(map_long(AE_FMOD_SCALAR, -7, 3, 0) == -1);
  CHECK(map_long(AE_REMAINDER_SCALAR, -7, 3, 0) == 2);
  CHECK(map_long(AE_REMAINDER_SCALAR, INT64_MIN, -1, 0) == 0);
  CHECK(map_long(AE_ABS, -7, 0, 0) == 7);
  CHECK(map_long(AE_SIGN, -7, 0, 0) == -1);
  CHECK(map_long(AE_CLAMP, -7, -5, 5) == -5);
  CHECK(map_long(AE_THRESHOLD, 5, 5, -1) == -1);
  CHECK(map_long(AE_RSUB_SCALAR, 5, 3, 0) == -2);
}

TEST(byte_maps_wrap_at_256) {
  CHECK(map_byte(AE_ADD_SCALAR, 250, 10) == 4);
  CHECK(map_byte(AE_SUB_SCALAR, 1, 2) == 255);
  CHECK(map_byte(AE_NEG, 1, 0) == 255);
  CHECK(map_byte(AE_MAX_SCALAR, 7, -5) == 7);
  CHECK(map_byte(AE_MUL_SCALAR, 7, 2.9) == 14);
}

TEST(two_operand_maps_of_integers) {
  const int64_t x1[2] = {7, INT64_MIN}, x2[2] = {2, -1};
  int64_t y[2];
  const aei_type_kernels *k = aei_kernels_of(AE_LONG);
  k->map2[AE_DIV](2, y, x1, x2, 0);
  CHECK(y[0] == 3 && y[1] == INT64_MIN);
  k->map2[AE_ADD](2, y, x1, x2, 3);
  CHECK(y[0] == 13 && y[1] == INT64_MAX - 2);
  k->map2[AE_CMAX](2, y, x1, x2, 0);
  CHECK(y[0] == 7 && y[1] == -1);
  k->map2[AE_CMIN](2, y, x1, x2, 0);
  CHECK(y[0] == 2 && y[1] == INT64_MIN);
  k->addcmul(1, y, x1, x1, x2, 2);
  CHECK(y[0] == 35);
  k->addcdiv(1, y, x1, x1, x2, 2);
  CHECK(y[0] == 14);
}

TEST(integers_compare_with_fractions_exactly) {
  const int64_t x[3] = {2, 3, INT64_MAX};
  uint8_t y[3];
  const aei_type_kernels *k = aei_kernels_of(AE_LONG);
  k->compare_scalar[AE_LT](3, y, x, ae_from_double(2.5));
  CHECK(y[0] == 1 && y[1] == 0 && y[2] == 0);
  k->compare_scalar[AE_EQ](3, y, x, ae_from_double(2.5));
  CHECK(y[0] == 0 && y[1] == 0 && y[2] == 0);
  k->compare_scalar[AE_EQ](3, y, x, ae_from_int(INT64_MAX));
  CHECK(y[0] == 0 && y[1] == 0 && y[2] == 1);
  k->compare_scalar[AE_EQ](3, y, x, ae_from_int(INT64_MAX - 1));
  CHECK(y[2] == 0);
  k->compare_scalar[AE_LT](3, y, x, ae_from_double(INFINITY));
  CHECK(y[0] == 1 && y[1] == 1 && y[2] == 1);
  k->compare_scalar[AE_NE](3, y, x, ae_from_double(NAN));
  CHECK(y[0] == 1 && y[1] == 1 && y[2] == 1);
}
