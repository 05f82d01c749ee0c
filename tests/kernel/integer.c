/* The integer types: wrap-around, division, scalars with fractions. */
#include "values.h"

/* f(x; a, b) of one element of the type. */
static int64_t map_of(ae_type type, int op, int64_t x, int64_t a, int64_t b) {
  int64_t in, out, y;
  const aei_kernels *k = aei_kernels_now();
  k->convert[type][AE_LONG](1, &in, &x);
  k->type[type].integer->map1[op](1, &out, &in, a, b);
  k->convert[AE_LONG][type](1, &y, &out);
  return y;
}

static int64_t map_long(int op, int64_t x, int64_t a, int64_t b) {
  return map_of(AE_LONG, op, x, a, b);
}

static int64_t map_byte(int op, int64_t x, int64_t a) { return map_of(AE_BYTE, op, x, a, 0); }

TEST(long_maps_are_exact_and_wrap) {
  CHECK(map_long(AE_ADD_SCALAR, INT64_MAX, 1, 0) == INT64_MIN);
  CHECK(map_long(AE_MUL_SCALAR, ((int64_t)1 << 62) + 1, 3, 0) == (int64_t)0xC000000000000003u);
  CHECK(map_long(AE_DIV_SCALAR, -7, 2, 0) == -3);
  CHECK(map_long(AE_DIV_SCALAR, INT64_MIN, -1, 0) == INT64_MIN);
  CHECK(map_long(AE_DIV_SCALAR, -7, 0, 0) == 0); /* the operations refuse it; it would trap */
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
  CHECK(map_byte(AE_MUL_SCALAR, 7, 300) == 52);
}

/* The value that C stores in a signed integer of so many bits. */
static int64_t wrapped(int64_t v, int bits) {
  return (int64_t)((uint64_t)v << (64 - bits)) >> (64 - bits);
}

TEST(small_signed_types_wrap_at_their_width) {
  static const struct {
    ae_type type;
    int bits;
  } types[] = {{AE_CHAR, 8}, {AE_SHORT, 16}, {AE_INT32, 32}};
  for (int i = 0; i < 3; i++) {
    const ae_type type = types[i].type;
    const int bits = types[i].bits;
    const int64_t high = ((int64_t)1 << (bits - 1)) - 1, low = -high - 1;
    CHECK(map_of(type, AE_ADD_SCALAR, high, 1, 0) == low);
    CHECK(map_of(type, AE_SUB_SCALAR, low, 1, 0) == high);
    CHECK(map_of(type, AE_MUL_SCALAR, high, 3, 0) == wrapped(3 * high, bits));
    CHECK(map_of(type, AE_ADD_SCALAR, 1, (int64_t)1 << bits, 0) == 1);
    CHECK(map_of(type, AE_DIV_SCALAR, low, -1, 0) == low);
    CHECK(map_of(type, AE_DIV_SCALAR, -7, 2, 0) == -3);
    CHECK(map_of(type, AE_REMAINDER_SCALAR, -7, 3, 0) == 2);
    CHECK(map_of(type, AE_NEG, low, 0, 0) == low);
    CHECK(map_of(type, AE_ABS, low, 0, 0) == low);
    CHECK(map_of(type, AE_ABS, -5, 0, 0) == 5);
    CHECK(map_of(type, AE_SIGN, low, 0, 0) == -1);
    CHECK(map_of(type, AE_MAX_SCALAR, -5, -6, 0) == -5);
    CHECK(map_of(type, AE_CLAMP, -7, -5, 5) == -5);
  }
}

TEST(scalars_of_longs_are_exact) {
  const int64_t large = ((int64_t)1 << 53) + 1;
  CHECK(map_long(AE_ADD_SCALAR, 0, large, 0) == large);
  CHECK(map_long(AE_SUB_SCALAR, large, large - 2, 0) == 2);
  CHECK(map_long(AE_RSUB_SCALAR, 1, INT64_MAX, 0) == INT64_MAX - 1);
  CHECK(map_long(AE_CLAMP, 0, large, INT64_MAX) == large);
}

TEST(two_operand_maps_of_integers) {
  const int64_t x1[2] = {7, INT64_MIN}, x2[2] = {2, -1};
  int64_t y[2];
  const aei_integer_maps *k = aei_kernels_of(AE_LONG)->integer;
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

TEST(small_signed_types_compare_and_add_up_with_their_sign) {
  const int8_t x[3] = {-128, 127, -1};
  const int16_t z[2] = {-32768, -32768};
  uint8_t y[3];
  const aei_type_kernels *k = aei_kernels_of(AE_CHAR);
  k->compare_scalar[AE_LT](3, y, x, ae_from_int(0));
  CHECK(y[0] == 1 && y[1] == 0 && y[2] == 1);
  k->compare_scalar[AE_GT](3, y, x, ae_from_int(300));
  CHECK(y[0] == 0 && y[1] == 0 && y[2] == 0);
  CHECK(k->sum(3, x, 0).as.i == -2);
  CHECK(k->sum_abs(3, x, 0).as.i == 256);
  CHECK(k->dot(3, x, x).as.i == 128 * 128 + 127 * 127 + 1);
  CHECK(aei_kernels_of(AE_SHORT)->dot(2, z, z).as.i == (int64_t)1 << 31);
}
