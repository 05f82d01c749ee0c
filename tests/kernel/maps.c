/* Element-wise kernels: what they compute, and that every path computes it with the same bits. */
#include "values.h"

enum { N = 777 }; /* no multiple of any vector */

static const char *const names1[] = {
#define NAME(op, name, nargs, doc, types) #op,
    AE_MAP1_LIST(NAME)};
static const char *const names2[] = {AE_MAP2_LIST(NAME)};

/* ---- same bits on every path ---- */

static struct {
  ae_type type;
  int64_t x[3][N]; /* operands, of any type */
  int64_t y[2][N]; /* the portable path's result, and the current path's */
  int64_t in_place[N];
} data;

static void fill_operands(ae_type type) {
  uint64_t state = 42;
  data.type = type;
  for (int operand = 0; operand < 3; operand++) {
    for (int i = 0; i < N; i++) {
      const int kind = operand == 0 ? i : (i * (operand + 6)) % N;
      put_value(type, data.x[operand], i, awkward(&state, kind));
    }
  }
}

static void check_same(const char *what, ae_type result) {
  const int i = first_difference(result, N, data.y[0], data.y[1]);
  if (i < 0) return;
  test_failed(__FILE__, __LINE__, "%s of %s on %s: element %d is %.17g, portable has %.17g", what,
              ae_type_name(data.type), ae_kernels(), i, value_at(result, data.y[1], i),
              value_at(result, data.y[0], i));
}

static void *result(void) { return data.y[strcmp(ae_kernels(), "portable") != 0]; }

static const double scalars[][2] = {{0.7, 1.3}, {-2, 0.5}, {3, 100}, {0, 0}};
enum { NSCALARS = sizeof scalars / sizeof *scalars };

typedef struct operation {
  int op, scalar;
} operation;

static void run_map1(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  const operation *o = context;
  aei_map1 *map = aei_kernels_of(data.type)->map1[o->op];
  const double *s = scalars[o->scalar];
  map(N, result(), data.x[0], s[0], s[1]);
  memcpy(data.in_place, data.x[0], sizeof data.in_place);
  map(N, data.in_place, data.in_place, s[0], s[1]);
  if (first_difference(data.type, N, data.in_place, result()) >= 0) {
    test_failed(__FILE__, __LINE__, "%s differs in place", names1[o->op]);
  }
}

static void run_map2(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  const operation *o = context;
  aei_map2 *map = aei_kernels_of(data.type)->map2[o->op];
  map(N, result(), data.x[0], data.x[1], scalars[o->scalar][0]);
  memcpy(data.in_place, data.x[0], sizeof data.in_place);
  map(N, data.in_place, data.in_place, data.x[1], scalars[o->scalar][0]);
  if (first_difference(data.type, N, data.in_place, result()) >= 0) {
    test_failed(__FILE__, __LINE__, "%s differs in place", names2[o->op]);
  }
}

static void run_addcmul(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  const operation *o = context;
  const aei_type_kernels *k = aei_kernels_of(data.type);
  aei_map3 *map = o->op ? k->addcdiv : k->addcmul;
  map(N, result(), data.x[0], data.x[1], data.x[2], scalars[o->scalar][0]);
}

static void run_compare(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  const operation *o = context;
  const aei_type_kernels *k = aei_kernels_of(data.type);
  k->compare[o->op](N, result(), data.x[0], data.x[1]);
  uint8_t scalar[N];
  k->compare_scalar[o->op](N, scalar, data.x[0], ae_from_double(scalars[o->scalar][0]));
  uint8_t *y = result();
  for (int i = 0; i < N; i++) y[i] = (uint8_t)(2 * y[i] + scalar[i]);
}

/* Runs the operation with every pair of scalars on every path. */
static void check_operation(aei_body *body, int op, const char *what, ae_type result_type) {
  for (int s = 0; s < NSCALARS; s++) {
    operation o = {op, s};
    memset(data.y, 0, sizeof data.y);
    for (int path = 0; use_path(path); path++) {
      flushed(body, &o);
      if (path > 0) check_same(what, result_type);
    }
  }
}

/* Integers have one copy for all paths; their comparisons stand in the common table. */
TEST(every_path_maps_with_the_same_bits) {
  for (ae_type type = 0; type < AE_NTYPES; type++) {
    fill_operands(type);
    for (int op = 0; op < AE_NCOMPARE; op++) check_operation(run_compare, op, "compare", AE_BYTE);
    if (!ae_type_is_real(type)) continue;
    for (int op = 0; op < AE_NMAP1; op++) {
      if (aei_kernels_of(type)->map1[op]) check_operation(run_map1, op, names1[op], type);
    }
    for (int op = 0; op < AE_NMAP2; op++) {
      if (aei_kernels_of(type)->map2[op]) check_operation(run_map2, op, names2[op], type);
    }
    check_operation(run_addcmul, 0, "addcmul", type);
    check_operation(run_addcmul, 1, "addcdiv", type);
  }
}

TEST(the_table_has_what_the_lists_promise) {
#define TYPE_R false
#define TYPE_A true
#define CHECK1(op, name, nargs, doc, types)                                                     \
  for (ae_type t = 0; t < AE_NTYPES; t++) {                                                     \
    const aei_type_kernels *k = aei_kernels_of(t);                                              \
    const bool has = k->integer ? k->integer->map1[AE_##op] != NULL : k->map1[AE_##op] != NULL; \
    if (has != (ae_type_is_real(t) || TYPE_##types))                                            \
      test_failed(__FILE__, __LINE__, "%s of %s", #op, ae_type_name(t));                        \
  }
#define CHECK2(op, name, nargs, doc, types)                                                     \
  for (ae_type t = 0; t < AE_NTYPES; t++) {                                                     \
    const aei_type_kernels *k = aei_kernels_of(t);                                              \
    const bool has = k->integer ? k->integer->map2[AE_##op] != NULL : k->map2[AE_##op] != NULL; \
    if (!has && (ae_type_is_real(t) || TYPE_##types))                                           \
      test_failed(__FILE__, __LINE__, "%s of %s", #op, ae_type_name(t));                        \
  }
  for (int path = 0; use_path(path); path++) {
    AE_MAP1_LIST(CHECK1)
    AE_MAP2_LIST(CHECK2)
  }
}

/* ---- what they compute ---- */

typedef struct example {
  int op;
  double x, a, b, want;
} example;

static const example examples1[] = {
    {AE_ADD_SCALAR, 3, 4, 0, 7},
    {AE_SUB_SCALAR, 3, 4, 0, -1},
    {AE_MUL_SCALAR, 3, 4, 0, 12},
    {AE_DIV_SCALAR, 3, 4, 0, 0.75},
    {AE_RSUB_SCALAR, 3, 4, 0, 1},
    {AE_RDIV_SCALAR, 4, 3, 0, 0.75},
    {AE_FMOD_SCALAR, -7, 3, 0, -1},
    {AE_FMOD_SCALAR, 7, -3, 0, 1},
    {AE_REMAINDER_SCALAR, -7, 3, 0, 2},
    {AE_REMAINDER_SCALAR, 7, -3, 0, -2},
    {AE_MAX_SCALAR, 3, 4, 0, 4},
    {AE_MIN_SCALAR, 3, 4, 0, 3},
    {AE_CLAMP, 3, 4, 5, 4},
    {AE_CLAMP, 6, 4, 5, 5},
    {AE_CLAMP, 4.5, 4, 5, 4.5},
    {AE_NEG, 3, 0, 0, -3},
    {AE_ABS, -3, 0, 0, 3},
    {AE_SIGN, -3, 0, 0, -1},
    {AE_SIGN, 3, 0, 0, 1},
    {AE_SIGN, 0, 0, 0, 0},
    {AE_SQUARE, -3, 0, 0, 9},
    {AE_SQRT, 9, 0, 0, 3},
    {AE_RSQRT, 4, 0, 0, 0.5},
    {AE_CINV, 4, 0, 0, 0.25},
    {AE_FLOOR, -2.5, 0, 0, -3},
    {AE_CEIL, -2.5, 0, 0, -2},
    {AE_ROUND, -2.5, 0, 0, -3},
    {AE_ROUND, 2.5, 0, 0, 3},
    {AE_ROUND, 2.25, 0, 0, 2},
    {AE_TRUNC, -2.5, 0, 0, -2},
    {AE_FRAC, -2.5, 0, 0, -0.5},
    {AE_EXP, 0, 0, 0, 1},
    {AE_LOG, 1, 0, 0, 0},
    {AE_LOG1P, 0, 0, 0, 0},
    {AE_TANH, 0, 0, 0, 0},
    {AE_SIGMOID, 0, 0, 0, 0.5},
    {AE_SIN, 0, 0, 0, 0},
    {AE_COS, 0, 0, 0, 1},
    {AE_TAN, 0, 0, 0, 0},
    {AE_ASIN, 0, 0, 0, 0},
    {AE_ACOS, 1, 0, 0, 0},
    {AE_ATAN, 0, 0, 0, 0},
    {AE_SINH, 0, 0, 0, 0},
    {AE_COSH, 0, 0, 0, 1},
    {AE_POW_SCALAR, 3, 2, 0, 9},
    {AE_POW_SCALAR, 2, 10, 0, 1024},
    {AE_RPOW_SCALAR, 10, 2, 0, 1024},
    {AE_THRESHOLD, 3, 2, 9, 3},
    {AE_THRESHOLD, 2, 2, 9, 9},
    {AE_THRESHOLD, NAN, 2, 9, NAN},
    {AE_LEAKY_RELU, -4, 0.25, 0, -1},
    {AE_LEAKY_RELU, 4, 0.25, 0, 4},
    {AE_ELU, 4, 2, 0, 4},
    {AE_ELU, -100, 2, 0, -2},
    {AE_CLAMP, NAN, 4, 5, NAN},
    {AE_MAX_SCALAR, NAN, 4, 0, NAN},
    {AE_SIGN, NAN, 0, 0, NAN},
    {AE_ELU, NAN, 2, 0, NAN},
};

/* x1, x2, scalar */
static const example examples2[] = {
    {AE_ADD, 3, 4, 0.5, 5},
    {AE_MUL, 3, 4, 0, 12},
    {AE_DIV, 3, 4, 0, 0.75},
    {AE_POW, 2, 5, 0, 32},
    {AE_CMAX, 3, 4, 0, 4},
    {AE_CMAX, 3, NAN, 0, NAN},
    {AE_CMAX, NAN, 3, 0, NAN},
    {AE_CMIN, 3, 4, 0, 3},
    {AE_CMIN, NAN, 3, 0, NAN},
    {AE_ATAN2, 0, 1, 0, 0},
    {AE_RELU_BACKWARD, 3, 0, 0, 0},
    {AE_RELU_BACKWARD, 3, 4, 0, 3},
    {AE_LEAKY_RELU_BACKWARD, 3, -1, 0.5, 1.5},
    {AE_LEAKY_RELU_BACKWARD, 3, 1, 0.5, 3},
    {AE_ELU_BACKWARD, 3, -0.5, 1, 1.5},
    {AE_ELU_BACKWARD, 3, 2, 1, 3},
    {AE_TANH_BACKWARD, 4, 0.5, 0, 3},
    {AE_SIGMOID_BACKWARD, 4, 0.5, 0, 1},
};

static bool same_number(double got, double want) {
  return got == want || (got != got && want != want);
}

TEST(real_maps_compute_their_formulas) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    const aei_type_kernels *k = aei_kernels_of(type);
    double x1, x2, y;
    for (size_t i = 0; i < sizeof examples1 / sizeof *examples1; i++) {
      const example *e = &examples1[i];
      put_value(type, &x1, 0, e->x);
      k->map1[e->op](1, &y, &x1, e->a, e->b);
      if (!same_number(value_at(type, &y, 0), e->want)) {
        test_failed(__FILE__, __LINE__, "%s(%g; %g, %g) = %.17g, want %.17g", names1[e->op], e->x,
                    e->a, e->b, value_at(type, &y, 0), e->want);
      }
    }
    for (size_t i = 0; i < sizeof examples2 / sizeof *examples2; i++) {
      const example *e = &examples2[i];
      put_value(type, &x1, 0, e->x);
      put_value(type, &x2, 0, e->a);
      k->map2[e->op](1, &y, &x1, &x2, e->b);
      if (!same_number(value_at(type, &y, 0), e->want)) {
        test_failed(__FILE__, __LINE__, "%s(%g, %g; %g) = %.17g, want %.17g", names2[e->op], e->x,
                    e->a, e->b, value_at(type, &y, 0), e->want);
      }
    }
  }
}

TEST(products_with_sums_are_fused) {
  const float x = 1 + 0x1p-12f, y = -1;
  float got;
  for (int path = 0; use_path(path); path++) { /* (1 + 2^-12)^2 - 1 needs 25 bits */
    aei_kernels_of(AE_FLOAT)->map2[AE_ADD](1, &got, &y, &x, (double)x);
    CHECK(got == 0x1p-11f + 0x1p-24f);
    aei_kernels_of(AE_FLOAT)->addcmul(1, &got, &y, &x, &x, 1);
    CHECK(got == 0x1p-11f + 0x1p-24f);
  }
}

TEST(three_operand_maps_compute_their_formulas) {
  const double x = 10, x1 = 3, x2 = 4;
  double y;
  aei_kernels_of(AE_DOUBLE)->addcmul(1, &y, &x, &x1, &x2, 0.5);
  CHECK(y == 16);
  aei_kernels_of(AE_DOUBLE)->addcdiv(1, &y, &x, &x1, &x2, 2);
  CHECK(y == 11.5);
}

static void check_bytes(double divisor) {
  uint8_t pixel[256];
  float y[256];
  double z[256];
  for (int i = 0; i < 256; i++) pixel[i] = (uint8_t)i;
  aei_kernels_of(AE_FLOAT)->bytes(256, y, pixel, divisor);
  aei_kernels_of(AE_DOUBLE)->bytes(256, z, pixel, divisor);
  for (int i = 0; i < 256; i++) {
    const float want = (float)i / (float)divisor;
    CHECK(y[i] == want || (y[i] != y[i] && want != want));
    CHECK(z[i] == i / divisor || (z[i] != z[i] && divisor == 0 && i == 0));
  }
}

TEST(bytes_divide_exactly) {
  static const double divisors[] = {255, 256, 1, 3, -7.3, 1e-3, 1e25, 1e-30, 0, 0x1.fffffep0};
  for (int path = 0; use_path(path); path++) {
    for (size_t i = 0; i < sizeof divisors / sizeof *divisors; i++) check_bytes(divisors[i]);
    for (int d = 1; d < 2000; d++) check_bytes(d * 0.37);
  }
}

TEST(rows_add_in_order) {
  for (int path = 0; use_path(path); path++) {
    float column[3] = {1, 2, 3}, want[3] = {1, 2, 3}, rows[7 * 4];
    for (int i = 0; i < 28; i++) rows[i] = 1.0f / (float)(i + 1);
    aei_kernels_of(AE_FLOAT)->add_rows(7, 3, column, rows, 4, 0.1);
    for (int j = 0; j < 3; j++) {
      for (int i = 0; i < 7; i++) want[j] = fmaf(0.1f, rows[i * 4 + j], want[j]);
    }
    CHECK(memcmp(column, want, sizeof want) == 0);
  }
}
