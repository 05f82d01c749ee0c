/* The matrix product: equal, bit for bit, to the plain triple loop of fma, whatever the path, the
 * strides, the blocks and the number of threads.
 */
#include <stdlib.h>

#include "values.h"

enum { CAPACITY = 300000 };

static double a_data[CAPACITY], b_data[CAPACITY], c_data[CAPACITY], want_data[CAPACITY];
static double packed_data[CAPACITY];

static void fill(ae_type type, double *x, uint64_t seed) {
  for (int i = 0; i < CAPACITY; i++) put_value(type, x, i, 2 * next_unit(&seed) - 1);
}

/* kernel.h's contract, literally. */
static float chain_float(const aei_gemm *g, int64_t i, int64_t j, float c) {
  const float *a = (const float *)g->a + i * g->a_row, *b = (const float *)g->b + j * g->b_col;
  if (g->start) c = ((const float *)g->start)[i * g->start_row + j * g->start_col];
  float sum = g->beta == 0 ? 0 : (float)g->beta * c;
  for (int64_t p = 0; p < g->k; p++) {
    sum = fmaf((float)g->alpha * a[p * g->a_col], b[p * g->b_row], sum);
  }
  return sum;
}

static double chain_double(const aei_gemm *g, int64_t i, int64_t j, double c) {
  const double *a = (const double *)g->a + i * g->a_row, *b = (const double *)g->b + j * g->b_col;
  if (g->start) c = ((const double *)g->start)[i * g->start_row + j * g->start_col];
  double sum = g->beta == 0 ? 0 : g->beta * c;
  for (int64_t p = 0; p < g->k; p++) {
    sum = fma(g->alpha * a[p * g->a_col], b[p * g->b_row], sum);
  }
  return sum;
}

typedef struct reference {
  ae_type type;
  const aei_gemm *g;
} reference;

/* want_data holds C before, and the product afterwards. */
static void run_reference(void *context, int64_t begin, int64_t end) {
  (void)begin, (void)end;
  const reference *r = context;
  for (int64_t i = 0; i < r->g->m; i++) {
    for (int64_t j = 0; j < r->g->n; j++) {
      const int64_t at = i * r->g->c_row + j * r->g->c_col;
      if (r->type == AE_FLOAT) {
        float *c = (float *)want_data + at;
        *c = chain_float(r->g, i, j, *c);
      } else {
        want_data[at] = chain_double(r->g, i, j, want_data[at]);
      }
    }
  }
}

/* A matrix stored row by row or column by column, with `gap` elements between the lines. */
static void lay_out(bool by_column, int64_t rows, int64_t columns, int64_t gap, int64_t *row,
                    int64_t *column) {
  *row = by_column ? 1 : columns + gap;
  *column = by_column ? rows + gap : 1;
}

static void check_product(ae_type type, const aei_gemm *g, bool packed) {
  memcpy(want_data, a_data, sizeof want_data);
  flushed(run_reference, &(reference){type, g});
  for (int path = 0; use_path(path); path++) {
    memcpy(c_data, a_data, sizeof c_data);
    if (packed) {
      aei_gemm with = *g;
      CHECK(aei_gemm_packed_count(type, g->k, g->n) <= CAPACITY);
      aei_gemm_pack(type, g, packed_data);
      with.packed_b = packed_data;
      aei_gemm_run(type, &with);
    } else {
      aei_gemm_run(type, g);
    }
    const int at = first_difference(type, CAPACITY, c_data, want_data);
    if (at < 0) continue;
    test_failed(
        __FILE__, __LINE__,
        "%s %s%s: (%lld,%lld,%lld) alpha %g beta %g strides %lld %lld, %lld %lld, %lld %lld: "
        "element %d is %.17g, want %.17g",
        ae_kernels(), ae_type_name(type), packed ? " packed" : "", (long long)g->m, (long long)g->n,
        (long long)g->k, g->alpha, g->beta, (long long)g->a_row, (long long)g->a_col,
        (long long)g->b_row, (long long)g->b_col, (long long)g->c_row, (long long)g->c_col, at,
        value_at(type, c_data, at), value_at(type, want_data, at));
  }
}

/* `layout`: bits for A, B, C by column, and gaps between lines. */
static void check_layout(ae_type type, int64_t m, int64_t n, int64_t k, int layout, double alpha,
                         double beta) {
  const int64_t gap = layout & 8 ? 3 : 0;
  aei_gemm g = {.m = m, .n = n, .k = k, .alpha = alpha, .beta = beta};
  g.a = a_data, g.b = b_data, g.c = c_data;
  lay_out(layout & 1, m, k, gap, &g.a_row, &g.a_col);
  lay_out(layout & 2, k, n, gap, &g.b_row, &g.b_col);
  lay_out(layout & 4, m, n, gap, &g.c_row, &g.c_col);
  check_product(type, &g, false);
}

/* A layer's product: every row starts from the same vector, B is packed beforehand or not. */
static void check_affine(ae_type type, int64_t m, int64_t n, int64_t k, bool packed) {
  const aei_gemm g = {.m = m,
                      .n = n,
                      .k = k,
                      .alpha = 1,
                      .beta = 1,
                      .a = a_data,
                      .a_row = k,
                      .a_col = 1,
                      .b = b_data,
                      .b_row = 1,
                      .b_col = k,
                      .c = c_data,
                      .c_row = n,
                      .c_col = 1,
                      .start = b_data + 7,
                      .start_col = k % 2 ? 1 : 3};
  check_product(type, &g, packed);
}

static void fill_both(ae_type type) {
  fill(type, a_data, 11);
  fill(type, b_data, 12);
}

TEST(products_of_random_shapes_are_single_chains) {
  static const double alphas[] = {1, 1, -0.3}, betas[] = {0, 1, 0.5};
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    uint64_t state = 1;
    fill_both(type);
    for (int i = 0; i < 120; i++) {
      const int m = next_int(&state, 1, i % 3 ? 40 : 3), n = next_int(&state, 1, i % 5 ? 110 : 4);
      const int k = next_int(&state, i % 16 ? 1 : 0, 60);
      check_layout(type, m, n, k, next_int(&state, 0, 15), alphas[next_int(&state, 0, 2)],
                   betas[next_int(&state, 0, 2)]);
    }
  }
}

TEST(affine_products_start_from_a_row) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    uint64_t state = 5;
    fill_both(type);
    for (int i = 0; i < 40; i++) {
      const int m = next_int(&state, 1, 40), n = next_int(&state, 1, 110);
      check_affine(type, m, n, next_int(&state, i % 8 ? 1 : 0, 60), i % 2);
    }
    check_affine(type, 9, 50, 1100, true); /* several blocks of k */
    check_affine(type, 300, 52, 33, true);
    check_affine(type, 2, 600, 30, false);
  }
}

/* Sizes at and around the tiles' and the blocks' edges. */
TEST(products_at_the_edges_of_tiles_and_blocks) {
  static const int64_t rows[] = {1, 6, 8, 9, 17}, columns[] = {1, 8, 16, 47, 48, 49, 97};
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    fill_both(type);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
        check_layout(type, rows[i], columns[j], 5, (int)(i + j) % 16, 1, (double)(j % 2));
      }
    }
    check_layout(type, 3, 50, 2500, 0, 1, 0); /* several blocks of k */
    check_layout(type, 50, 3, 2500, 7, 1, 0.5);
    check_layout(type, 4500, 5, 20, 1, 1, 1); /* several blocks of rows */
    check_layout(type, 20, 60, 1030, 8, 0.7, 1);
    check_layout(type, 9, 1024, 40, 0, 1, 1); /* B's rows on the same cache sets */
    check_layout(type, 1024, 9, 40, 7, 1, 1);
  }
}

TEST(matrices_without_contiguous_lines_multiply_too) {
  aei_gemm g = {.m = 13, .n = 21, .k = 17, .alpha = 1, .beta = 1};
  g.a = a_data, g.a_row = 40, g.a_col = 2;
  g.b = b_data, g.b_row = 70, g.b_col = 3;
  g.c = c_data, g.c_row = 50, g.c_col = 2;
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    fill_both(type);
    check_product(type, &g, false);
    g.b_col = 0; /* an expanded vector */
    check_product(type, &g, false);
    g.b_col = 3;
  }
}

TEST(beta_zero_does_not_read_c) {
  for (int path = 0; use_path(path); path++) {
    float a[6] = {1, 2, 3, 4, 5, 6}, b[3] = {1, 10, 100}, c[2] = {NAN, NAN};
    const aei_gemm g = {.m = 2,
                        .n = 1,
                        .k = 3,
                        .alpha = 1,
                        .beta = 0,
                        .a = a,
                        .a_row = 3,
                        .a_col = 1,
                        .b = b,
                        .b_row = 1,
                        .b_col = 1,
                        .c = c,
                        .c_row = 1,
                        .c_col = 1};
    aei_gemm_run(AE_FLOAT, &g);
    CHECK(c[0] == 321 && c[1] == 654);
  }
}

/* Exactly, c + a b lies next to the middle between two floats; in double it is the middle, whose
 * rounding to float goes to the even neighbour, the wrong one here. */
static void check_halfway(int place, float sign) {
  enum { N = 9 };
  const float tiny = 0x1p-23f, a = 1 - tiny;
  float b[N] = {0}, c[N], y[N], start[N];
  b[place] = sign * 0x1p-24f * (1 + tiny);
  for (int j = 0; j < N; j++) start[j] = c[j] = 1 + tiny;
  const aei_gemm g = {.m = 1,
                      .n = N,
                      .k = 1,
                      .alpha = 1,
                      .beta = 1,
                      .a = &a,
                      .a_row = 1,
                      .a_col = 1,
                      .b = b,
                      .b_row = N,
                      .b_col = 1,
                      .c = c,
                      .c_row = N,
                      .c_col = 1};
  aei_gemm_run(AE_FLOAT, &g);
  CHECK(memcmp(c, start, sizeof c) == 0);
  aei_kernels_of(AE_FLOAT)->map2[AE_ADD](N, y, start, b, (double)a);
  CHECK(memcmp(y, start, sizeof y) == 0);
}

TEST(sums_halfway_between_floats_round_once) {
  for (int path = 0; use_path(path); path++) {
    for (int place = 0; place < 9; place++) {
      check_halfway(place, 1);
      check_halfway(place, -1);
    }
  }
}

TEST(threads_do_not_change_a_product) {
  const int threads = ae_threads();
  aei_gemm g = {.m = 190, .n = 130, .k = 500, .alpha = 1, .beta = 0};
  g.a = a_data, g.a_row = 500, g.a_col = 1;
  g.b = b_data, g.b_row = 1, g.b_col = 500;
  g.c_row = 130, g.c_col = 1;
  fill_both(AE_FLOAT);
  for (int n = 1; n <= 3; n++) {
    CHECK_OK(ae_set_threads(n));
    g.c = n == 1 ? want_data : c_data;
    aei_gemm_run(AE_FLOAT, &g);
    if (n > 1) CHECK(memcmp(c_data, want_data, 190 * 130 * sizeof(float)) == 0);
  }
  CHECK_OK(ae_set_threads(threads));
}
