/* Conversions between element types, the same on every path. */
#include "values.h"

enum { N = 203 };

TEST(reals_become_integers_by_cutting_off) {
  const double x[] = {-0.9, 2.9, -2.9, 1e30, -1e30, NAN, INFINITY, 0x1p63, -0x1p63, 255.9, 256, -1};
  enum { M = sizeof x / sizeof *x };
  const int64_t longs[M] = {0,         2,         -2,        INT64_MAX, INT64_MIN, 0,
                            INT64_MAX, INT64_MAX, INT64_MIN, 255,       256,       -1};
  const uint8_t bytes[M] = {0, 2, 0, 255, 0, 0, 255, 255, 0, 255, 255, 0};
  const int8_t chars[M] = {0, 2, -2, 127, -128, 0, 127, 127, -128, 127, 127, -1};
  const int16_t shorts[M] = {0,         2,         -2,        INT16_MAX, INT16_MIN, 0,
                             INT16_MAX, INT16_MAX, INT16_MIN, 255,       256,       -1};
  const int32_t ints[M] = {0,         2,         -2,        INT32_MAX, INT32_MIN, 0,
                           INT32_MAX, INT32_MAX, INT32_MIN, 255,       256,       -1};
  float f[M];
  for (int i = 0; i < M; i++) f[i] = (float)x[i];
  for (int path = 0; use_path(path); path++) {
    int64_t l[M];
    uint8_t b[M];
    const aei_kernels *k = aei_kernels_now();
    k->convert[AE_LONG][AE_DOUBLE](M, l, x);
    CHECK(memcmp(l, longs, sizeof l) == 0);
    k->convert[AE_LONG][AE_FLOAT](M, l, f);
    CHECK(memcmp(l, longs, sizeof l) == 0);
    k->convert[AE_BYTE][AE_DOUBLE](M, b, x);
    CHECK(memcmp(b, bytes, sizeof b) == 0);
    k->convert[AE_BYTE][AE_FLOAT](M, b, f);
    CHECK(memcmp(b, bytes, sizeof b) == 0);
    for (int from = AE_FLOAT; from <= AE_DOUBLE; from++) {
      const void *source = from == AE_FLOAT ? (const void *)f : (const void *)x;
      int8_t c[M];
      int16_t s[M];
      int32_t i[M];
      k->convert[AE_CHAR][from](M, c, source);
      k->convert[AE_SHORT][from](M, s, source);
      k->convert[AE_INT32][from](M, i, source);
      CHECK(memcmp(c, chars, sizeof c) == 0);
      CHECK(memcmp(s, shorts, sizeof s) == 0);
      CHECK(memcmp(i, ints, sizeof i) == 0);
    }
  }
}

TEST(integers_wrap_into_smaller_ones_and_keep_their_value_in_larger_ones) {
  const aei_kernels *k = aei_kernels_now();
  const int64_t x[3] = {255, 256, -1};
  uint8_t y[3];
  int8_t c[3];
  int16_t s[3];
  k->convert[AE_BYTE][AE_LONG](3, y, x);
  CHECK(y[0] == 255 && y[1] == 0 && y[2] == 255);
  k->convert[AE_CHAR][AE_LONG](3, c, x);
  CHECK(c[0] == -1 && c[1] == 0 && c[2] == -1);
  k->convert[AE_SHORT][AE_BYTE](3, s, y);
  CHECK(s[0] == 255 && s[1] == 0 && s[2] == 255);
  k->convert[AE_SHORT][AE_CHAR](3, s, c);
  CHECK(s[0] == -1 && s[1] == 0 && s[2] == -1);
}

static struct {
  ae_type to, from;
  int64_t x[N], y[N], portable[N];
} job;

static void run_conversion(void *context, int64_t begin, int64_t end) {
  (void)context, (void)begin, (void)end;
  aei_kernels_now()->convert[job.to][job.from](N, job.y, job.x);
}

static void check_pair(ae_type to, ae_type from) {
  uint64_t state = 3;
  job.to = to, job.from = from;
  for (int i = 0; i < N; i++) put_value(from, job.x, i, awkward(&state, i));
  for (int path = 0; use_path(path); path++) {
    flushed(run_conversion, NULL);
    if (path == 0) memcpy(job.portable, job.y, sizeof job.y);
    CHECK(first_difference(to, N, job.y, job.portable) < 0);
  }
}

TEST(every_path_converts_with_the_same_bits) {
  for (ae_type to = 0; to < AE_NTYPES; to++) {
    for (ae_type from = 0; from < AE_NTYPES; from++) check_pair(to, from);
  }
}

TEST(a_type_copies_onto_itself) {
  double x[2] = {1, NAN};
  aei_kernels_now()->convert[AE_DOUBLE][AE_DOUBLE](2, x, x);
  CHECK(x[0] == 1 && isnan(x[1]));
}
