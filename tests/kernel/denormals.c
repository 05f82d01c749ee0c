/* Denormals: zero in the engine's arithmetic, on every path and thread, and untouched in the
 * caller's. The policy stands in src/kernel/README.md.
 *
 * Where no mode of the processor flushes, neither x86-64 nor AArch64, the paths do not promise it,
 * and only the caller's own arithmetic is tested.
 */
#include "values.h"

#if defined(__SSE2__) || defined(__aarch64__)
enum { FLUSHES = true };
#else
enum { FLUSHES = false };
#endif

static const double tiny[2] = {1e-40, 1e-310}, largest_tiny[2] = {0x1.fffffcp-127, 0x1p-1023};

static bool is_denormal(ae_type type, double x) {
  return x != 0 && fabs(x) < (type == AE_FLOAT ? 0x1p-126 : 0x1p-1022);
}

/* ---- element-wise operations ---- */

/* Those that only set the sign hand on a denormal. */
static bool hands_on(int op) { return op == AE_NEG || op == AE_ABS; }

enum { N = 64 };

typedef struct operation {
  ae_type type;
  int map1, map2, map3; /* one of them, the others -1 */
  double scalar;
  double x[N], z[N], y[N];
} operation;

static void run_operation(void *context, int64_t begin, int64_t end) {
  operation *o = context;
  const aei_type_kernels *k = aei_kernels_of(o->type);
  (void)begin, (void)end;
  if (o->map1 >= 0) k->map1[o->map1](N, o->y, o->x, o->scalar, o->scalar);
  if (o->map2 >= 0) k->map2[o->map2](N, o->y, o->x, o->z, o->scalar);
  if (o->map3 == 0) k->addcmul(N, o->y, o->x, o->z, o->x, o->scalar);
  if (o->map3 == 1) k->addcdiv(N, o->y, o->x, o->z, o->x, o->scalar);
}

/* Denormals of both signs and zeros; the smallest normal numbers, whose products and differences
 * would be denormal; ordinary numbers. */
static void fill_operation(operation *o, uint64_t *state) {
  const int t = o->type == AE_DOUBLE;
  const double normal = t ? 0x1p-1022 : 0x1p-126;
  const double value[] = {tiny[t],      -tiny[t], largest_tiny[t], 0,   -0.0, normal,
                          1.5 * normal, -normal,  3 * normal,      0.5, -2,   1e-20};
  for (int i = 0; i < N; i++) {
    put_value(o->type, o->x, i, value[i < 12 ? i : next_int(state, 0, 11)]);
    put_value(o->type, o->z, i, value[next_int(state, 0, 11)]);
  }
}

static void check_operation(operation *o, const char *name) {
  flushed(run_operation, o);
  for (int i = 0; i < N; i++) {
    const double y = value_at(o->type, o->y, i);
    if (is_denormal(o->type, y))
      test_failed(__FILE__, __LINE__, "%s of %s on %s gives %g for %g, %g, %g", name,
                  ae_type_name(o->type), ae_kernels(), y, value_at(o->type, o->x, i),
                  value_at(o->type, o->z, i), o->scalar);
  }
}

static void check_operations(ae_type type, double scalar) {
  static const char *const names1[] = {
#define NAME1(op, name, n, doc, types) name,
      AE_MAP1_LIST(NAME1)
#undef NAME1
  };
  static const char *const names2[] = {
#define NAME2(op, name, n, doc, types) name,
      AE_MAP2_LIST(NAME2)
#undef NAME2
  };
  uint64_t state = 11;
  operation o = {.type = type, .map1 = -1, .map2 = -1, .map3 = -1, .scalar = scalar};
  fill_operation(&o, &state);
  for (o.map1 = 0; o.map1 < AE_NMAP1; o.map1++)
    if (!hands_on(o.map1)) check_operation(&o, names1[o.map1]);
  o.map1 = -1;
  for (o.map2 = 0; o.map2 < AE_NMAP2; o.map2++) check_operation(&o, names2[o.map2]);
  o.map2 = -1;
  for (o.map3 = 0; o.map3 < 2; o.map3++) check_operation(&o, o.map3 ? "addcdiv" : "addcmul");
}

TEST(no_arithmetic_makes_or_reads_a_denormal) {
  for (int path = 0; FLUSHES && use_path(path); path++) {
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
      const double scalars[] = {1, 0.5, 0, -1, 2, tiny[type == AE_DOUBLE]};
      for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        check_operations(type, scalars[i]);
    }
  }
  CHECK_OK(ae_set_kernels(NULL));
}

typedef struct few {
  ae_type type;
  double x[4], y[4];
  uint8_t less[4], equal[4];
  double sum, squares, sizes, dot;
} few;

static void run_few(void *context, int64_t begin, int64_t end) {
  few *f = context;
  const aei_type_kernels *k = aei_kernels_of(f->type);
  (void)begin, (void)end;
  k->map1[AE_NEG](4, f->y, f->x, 0, 0);
  k->compare_scalar[AE_GT](4, f->less, f->x, ae_from_double(0));
  k->compare_scalar[AE_EQ](4, f->equal, f->x, ae_from_double(0));
  f->sum = ae_to_double(k->sum(4, f->x, 0));
  f->squares = ae_to_double(k->sum_squares(4, f->x, 0));
  f->sizes = ae_to_double(k->sum_abs(4, f->x, 0));
  f->dot = ae_to_double(k->dot(4, f->x, f->x));
}

TEST(denormals_are_zero_in_comparisons_and_sums_and_keep_their_bits_in_moves) {
  for (int path = 0; FLUSHES && use_path(path); path++) {
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
      few f = {.type = type};
      for (int i = 0; i < 4; i++) put_value(type, f.x, i, tiny[type == AE_DOUBLE]);
      flushed(run_few, &f);
      CHECK(value_at(type, f.y, 0) == -value_at(type, f.x, 0) && value_at(type, f.y, 0) < 0);
      CHECK(f.less[0] == 0 && f.equal[0] == 1);
      CHECK(f.sum == 0 && f.squares == 0 && f.sizes == 0 && f.dot == 0);
    }
  }
  CHECK_OK(ae_set_kernels(NULL));
}

/* ---- conversion and the matrix product ---- */

typedef struct conversion {
  double wide, back;
  float narrow, from_narrow;
} conversion;

static void run_conversion(void *context, int64_t begin, int64_t end) {
  conversion *c = context;
  (void)begin, (void)end;
  aei_kernels_now()->convert[AE_FLOAT][AE_DOUBLE](1, &c->narrow, &c->wide);
  aei_kernels_now()->convert[AE_DOUBLE][AE_FLOAT](1, &c->back, &c->from_narrow);
}

TEST(denormals_become_zero_in_conversions) {
  for (int path = 0; FLUSHES && use_path(path); path++) {
    conversion c = {.wide = 1e-40, .from_narrow = 1e-40f, .narrow = 1, .back = 1};
    flushed(run_conversion, &c);
    CHECK(c.narrow == 0);
    CHECK(c.back == 0);
  }
  CHECK_OK(ae_set_kernels(NULL));
}

static void check_product(ae_type type, double a_value, double b_value) {
  double a[6], b[6], c[4];
  for (int i = 0; i < 6; i++) put_value(type, a, i, a_value), put_value(type, b, i, b_value);
  const aei_gemm g = {.m = 2,
                      .n = 2,
                      .k = 3,
                      .alpha = 1,
                      .a = a,
                      .a_row = 3,
                      .a_col = 1,
                      .b = b,
                      .b_row = 2,
                      .b_col = 1,
                      .c = c,
                      .c_row = 2,
                      .c_col = 1};
  aei_gemm_run(type, &g);
  for (int i = 0; i < 4; i++) CHECK(value_at(type, c, i) == 0);
}

TEST(denormals_are_zero_in_matrix_products) {
  for (int path = 0; FLUSHES && use_path(path); path++) {
    check_product(AE_FLOAT, 1e-40, 1e30);  /* a denormal factor */
    check_product(AE_FLOAT, 1e-30, 1e-10); /* a denormal product */
    check_product(AE_DOUBLE, 1e-310, 1e30);
    check_product(AE_DOUBLE, 1e-200, 1e-110);
  }
  CHECK_OK(ae_set_kernels(NULL));
}

/* ---- threads, and the caller ---- */

static bool caller_flushes(void) {
  volatile double x = 1e-310;
  volatile float y = 1e-40f;
  return x * 1 == 0 || y * 1 == 0 || x + x == 0;
}

static ae_tensor *filled(ae_type type, int64_t n, double value) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, type, 1, &n));
  for (int64_t i = 0; i < n; i++) put_value(type, ae_data(t), (int)i, value); /* fill would flush */
  return t;
}

/* Sums, dots and element-wise work of n elements: many pieces at any number of threads. */
static void check_tensors(ae_type type, int64_t n) {
  ae_tensor *x = filled(type, n, tiny[type == AE_DOUBLE]), *y = filled(type, n, 1);
  ae_number sum, dot;
  CHECK_OK(ae_map1(AE_MUL_SCALAR, y, x, 1, 0));
  CHECK_OK(ae_reduce(&sum, AE_SUM, x, 0));
  CHECK_OK(ae_dot(&dot, x, x));
  CHECK(!FLUSHES || (ae_to_double(sum) == 0 && ae_to_double(dot) == 0));
  CHECK_OK(ae_fill(x, ae_from_double(type == AE_FLOAT ? 1e-30 : 1e-160)));
  CHECK_OK(ae_dot(&dot, x, x)); /* of Float in double: no denormal */
  CHECK(!FLUSHES || (type == AE_FLOAT ? ae_to_double(dot) > 0 : ae_to_double(dot) == 0));
  for (int64_t i = 0; FLUSHES && i < n; i++) {
    ae_number v;
    CHECK_OK(ae_get(&v, y, &i));
    if (ae_to_double(v) == 0) continue;
    test_failed(__FILE__, __LINE__, "element %lld", (long long)i);
    break;
  }
  CHECK(!caller_flushes());
  ae_tensor_release(x);
  ae_tensor_release(y);
}

TEST(every_thread_flushes_and_the_caller_does_not) {
  CHECK(!caller_flushes());
  for (int threads = 1; threads <= 4; threads++) {
    CHECK_OK(ae_set_threads(threads));
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
      check_tensors(type, 3);
      check_tensors(type, 300000);
    }
  }
  CHECK_OK(ae_set_threads(0));
}
