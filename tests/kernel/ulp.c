/* The stated errors of the engine's functions, in units in the last place (src/kernel/README.md).
 *
 * Float is walked through in steps over all of its 2^32 values, infinities, NaNs and denormals
 * included; AELUA_EXHAUSTIVE=1 takes every one for the engine's own functions,
 * AELUA_EXHAUSTIVE=tanh for one of them. Those are held against the C library's double then, all
 * others, and Double, which is sampled over all bit patterns and around what is special, against
 * long double.
 */
#include <stdlib.h>

#include "values.h"

typedef struct function {
  const char *name;
  int op;
  double scalar;          /* its argument, where it has one */
  double limit[2];        /* stated error of AE_FLOAT and AE_DOUBLE, in ulp */
  double (*near)(double); /* for Float; NULL: exact is taken, which is slower */
  long double (*exact)(long double);
} function;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static long double sigmoidl(long double x) { return 1 / (1 + expl(-x)); }
static double elu(double x) { return x > 0 ? x : expm1(x); }
static long double elul(long double x) { return x > 0 ? x : expm1l(x); }
static long double rsqrtl(long double x) { return 1 / sqrtl(x); }
static long double inversel(long double x) { return 1 / x; }
static long double cubel(long double x) { return powl(x, 3); }
static long double power_of_3l(long double x) { return powl(3, x); }

static const function functions[] = {
    {"exp", AE_EXP, 0, {1.1, 1.2}, exp, expl},
    {"log", AE_LOG, 0, {0.9, 0.9}, log, logl},
    {"log1p", AE_LOG1P, 0, {0.9, 1}, log1p, log1pl},
    {"tanh", AE_TANH, 0, {1.1, 1.45}, tanh, tanhl},
    {"sigmoid", AE_SIGMOID, 0, {1.55, 1.6}, sigmoid, sigmoidl},
    {"elu", AE_ELU, 1, {1.15, 1.45}, elu, elul},
    {"sqrt", AE_SQRT, 0, {0.5, 0.5}, NULL, sqrtl},
    {"rsqrt", AE_RSQRT, 0, {1.5, 1.5}, NULL, rsqrtl},
    {"cinv", AE_CINV, 0, {0.5, 0.5}, NULL, inversel},
    {"sin", AE_SIN, 0, {0.51, 1}, NULL, sinl},
    {"cos", AE_COS, 0, {0.51, 1}, NULL, cosl},
    {"tan", AE_TAN, 0, {0.51, 1}, NULL, tanl},
    {"asin", AE_ASIN, 0, {0.51, 1}, NULL, asinl},
    {"acos", AE_ACOS, 0, {0.51, 1}, NULL, acosl},
    {"atan", AE_ATAN, 0, {0.51, 1}, NULL, atanl},
    {"sinh", AE_SINH, 0, {0.51, 2}, NULL, sinhl},
    {"cosh", AE_COSH, 0, {0.51, 2}, NULL, coshl},
    {"pow(x, 3)", AE_POW_SCALAR, 3, {0.51, 1}, NULL, cubel},
    {"pow(3, x)", AE_RPOW_SCALAR, 3, {0.51, 1}, NULL, power_of_3l},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* ---- one error ---- */

static long double smallest(ae_type type) { return type == AE_FLOAT ? 0x1p-126L : 0x1p-1022L; }
static long double beyond(ae_type type) { return type == AE_FLOAT ? 0x1p128L : 0x1p1024L; }

/* The distance of got from the exact value in units in the last place of the latter. What would be
 * denormal may be zero or the smallest normal number; what is no number has to be none. */
static double error_in_ulp(ae_type type, double got, long double exact) {
  int exponent;
  if (isnan(exact)) return isnan(got) ? 0 : INFINITY;
  if (fabsl(exact) >= beyond(type)) return got == (exact > 0 ? INFINITY : -INFINITY) ? 0 : INFINITY;
  if (fabsl(exact) < smallest(type))
    return got == 0 || (fabsl((long double)got) == smallest(type) && (got > 0) == (exact > 0))
               ? 0
               : INFINITY;
  frexpl(exact, &exponent);
  const long double unit = ldexpl(1, exponent - (type == AE_FLOAT ? 24 : 53));
  if (isinf(got)) got = ldexp(got > 0 ? 1 : -1, type == AE_FLOAT ? 128 : 1023); /* rounded up */
  return (double)(fabsl((long double)got - exact) / unit);
}

/* What the function should give for x: denormals count as zero. */
static long double wanted(const function *f, ae_type type, double x) {
  if (fabsl((long double)x) < smallest(type)) x = copysign(0, x);
  return type == AE_FLOAT && f->near ? (long double)f->near(x) : f->exact((long double)x);
}

/* ---- one block of arguments ---- */

enum { BLOCK = 4096 };

typedef struct block {
  const function *f;
  ae_type type;
  int n;
  double x[BLOCK], y[BLOCK]; /* of the type */
} block;

static void compute(void *context, int64_t begin, int64_t end) {
  block *b = context;
  (void)begin, (void)end;
  aei_kernels_of(b->type)->map1[b->f->op](b->n, b->y, b->x, b->f->scalar, 0);
}

typedef struct worst {
  double error, x, y;
} worst;

/* What is the exact value rounded is at most half an ulp away and not looked at further. */
static void measure(block *b, worst *w) {
  flushed(compute, b);
  for (int i = 0; i < b->n; i++) {
    const double x = value_at(b->type, b->x, i), y = value_at(b->type, b->y, i);
    const long double exact = wanted(b->f, b->type, x);
    if (y != 0 && y == (b->type == AE_FLOAT ? (double)(float)exact : (double)exact)) continue;
    const double error = error_in_ulp(b->type, y, exact);
    if (!(error <= w->error)) *w = (worst){error, x, y};
  }
}

/* Whether AELUA_EXHAUSTIVE asks for every value of this function. */
static bool exhaustive(const function *f) {
  const char *names = getenv("AELUA_EXHAUSTIVE");
  return f->near && names && (strcmp(names, "1") == 0 || strcmp(names, f->name) == 0);
}

static void judge(const function *f, ae_type type, const worst *w) {
  if (getenv("AELUA_EXHAUSTIVE")) {
    printf("figure: %s of %s at most %.4f ulp, at %a\n", f->name, ae_type_name(type), w->error,
           w->x);
    fflush(stdout);
  }
  if (w->error <= f->limit[type == AE_DOUBLE]) return;
  test_failed(__FILE__, __LINE__, "%s(%.17g) of %s gives %.17g, wrong by %.4f ulp", f->name, w->x,
              ae_type_name(type), w->y, w->error);
}

/* ---- Float ---- */

/* Every step-th bit pattern from `first` on into the block. Returns the next one. */
static uint64_t fill_floats(block *b, uint64_t first, uint64_t step) {
  float *x = (float *)b->x;
  for (b->n = 0; b->n < BLOCK && first >> 32 == 0; b->n++, first += step) {
    const uint32_t bits = (uint32_t)first;
    memcpy(x + b->n, &bits, sizeof bits);
  }
  return first;
}

static block work;

TEST(floats_keep_to_the_stated_errors) {
  for (int i = 0; i < FUNCTIONS; i++) {
    /* A prime: all kinds of last bits in every exponent. */
    const uint64_t step = exhaustive(&functions[i]) ? 1 : 32749;
    worst w = {.error = 0.5};
    work.f = &functions[i];
    work.type = AE_FLOAT;
    for (uint64_t next = 0; next >> 32 == 0;) {
      next = fill_floats(&work, next, step);
      measure(&work, &w);
    }
    judge(&functions[i], AE_FLOAT, &w);
  }
}

/* ---- Double ---- */

/* Where a formula changes, and the ends of what there is. */
static const double corners[] = {0,
                                 1,
                                 2,
                                 0.5,
                                 0.69314718055994531,
                                 0.34657359027997264,
                                 0.70710678118654757,
                                 1.4142135623730951,
                                 22,
                                 30,
                                 60,
                                 88.722839,
                                 103.97,
                                 709.78271289338397,
                                 710.47586007394386,
                                 745.13321910194122,
                                 708.39641853226408,
                                 0x1p-1022,
                                 0x1p-53,
                                 0x1p-27,
                                 0x1p53,
                                 0x1.fffffffffffffp1023,
                                 3.1415926535897931,
                                 1.5707963267948966};
enum { CORNERS = sizeof corners / sizeof *corners };

/* Any bits; any magnitude that is not far from 1; ordinary numbers; the neighbours
 * of a corner. */
static double argument(uint64_t *state, int i) {
  uint64_t bits = next_bits(state);
  double x;
  if (i % 5 == 0) return memcpy(&x, &bits, sizeof x), x;
  if (i % 5 == 1) return ldexp(2 * next_unit(state) - 1, next_int(state, -40, 10));
  if (i % 5 == 2) return 40 * next_unit(state) - 20;
  if (i % 5 == 3) return 3 * next_unit(state) - 1;
  const double corner = corners[next_int(state, 0, CORNERS - 1)];
  memcpy(&bits, &corner, sizeof bits);
  bits += (uint64_t)next_int(state, -20, 20);
  memcpy(&x, &bits, sizeof x);
  return next_int(state, 0, 99) < 50 ? x : -x;
}

TEST(doubles_keep_to_the_stated_errors) {
  const int blocks = getenv("AELUA_EXHAUSTIVE") ? 2500 : 5;
  for (int i = 0; i < FUNCTIONS; i++) {
    uint64_t state = 99;
    worst w = {.error = 0.5};
    work = (block){.f = &functions[i], .type = AE_DOUBLE, .n = BLOCK};
    for (int k = 0; k < blocks; k++) {
      for (int j = 0; j < BLOCK; j++) work.x[j] = argument(&state, j);
      measure(&work, &w);
    }
    judge(&functions[i], AE_DOUBLE, &w);
  }
}

/* ---- the same bits on every path ---- */

static void compare_paths(block *b) {
  static double first[BLOCK];
  for (int path = 0; use_path(path); path++) {
    flushed(compute, b);
    if (path == 0) memcpy(first, b->y, sizeof first);
    const int at = first_difference(b->type, b->n, first, b->y);
    if (at >= 0)
      test_failed(__FILE__, __LINE__, "%s(%a) of %s is another on %s", b->f->name,
                  value_at(b->type, b->x, at), ae_type_name(b->type), ae_kernels_available(path));
  }
}

TEST(functions_have_the_same_bits_on_every_path) {
  uint64_t state = 5;
  for (int i = 0; i < FUNCTIONS; i++) {
    work.f = &functions[i];
    work.type = AE_FLOAT;
    for (uint64_t next = 0; next >> 32 == 0;) {
      next = fill_floats(&work, next, 262139);
      compare_paths(&work);
    }
    work.type = AE_DOUBLE;
    work.n = BLOCK;
    for (int j = 0; j < BLOCK; j++) work.x[j] = argument(&state, j);
    compare_paths(&work);
  }
}
