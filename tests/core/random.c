/* The random stream: published values, independence of threads, paths, strides and cuts, and the
 * distributions.
 */
#include "kernel/values.h"

TEST(philox_gives_the_published_values) {
  /* Random123's known answers for philox4x32, 10 rounds: counter, key, result */
  static const uint32_t answers[][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
       0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
       0x94fdcceb, 0x5001e420, 0x24126ea1},
  };
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    uint32_t out[4];
    ae_philox(out, answers[i], answers[i] + 4);
    CHECK(memcmp(out, answers[i] + 6, sizeof out) == 0);
  }
}

static void block_words(uint32_t *words, uint64_t seed, uint64_t block) {
  const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 0};
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  ae_philox(words, counter, key);
}

static const uint64_t seed = 0x123456789abcdef0u;

/* A contiguous tensor of n elements, filled by `draw` from the given position. */
typedef ae_status draw(ae_tensor *t, ae_generator *g);

static ae_status draw_uniform(ae_tensor *t, ae_generator *g) { return ae_uniform(t, g, 0, 1); }
static ae_status draw_normal(ae_tensor *t, ae_generator *g) { return ae_normal(t, g, 1, 2); }
static ae_status draw_bernoulli(ae_tensor *t, ae_generator *g) { return ae_bernoulli(t, g, 0.3); }
static ae_status draw_integers(ae_tensor *t, ae_generator *g) { return ae_randint(t, g, 0, 99); }
static draw *const draws[] = {draw_uniform, draw_normal, draw_bernoulli, draw_integers};
enum { NDRAWS = sizeof draws / sizeof *draws };

static ae_tensor drawn(draw *d, ae_type type, int64_t n, ae_generator *g) {
  ae_tensor t = ae_tensor_local(type);
  CHECK_OK(ae_resize(&t, 1, &n));
  CHECK_OK(d(&t, g));
  return t;
}

TEST(uniform_elements_are_the_documented_bits) {
  ae_generator g = {seed, (1ull << 32) - 2}; /* the counter carries into its second word */
  const uint64_t first = g.position;
  ae_tensor f = drawn(draw_uniform, AE_FLOAT, 19, &g);
  CHECK(g.position == first + 5);
  g.position = first;
  ae_tensor d = drawn(draw_uniform, AE_DOUBLE, 19, &g);
  CHECK(g.position == first + 10);
  const float *fx = ae_data(&f);
  const double *dx = ae_data(&d);
  for (uint64_t i = 0; i < 19; i++) {
    uint32_t w[4];
    block_words(w, seed, first + i / 4);
    CHECK(fx[i] == (float)(w[i % 4] >> 8) / 0x1p24f);
    block_words(w, seed, first + i / 2);
    const uint64_t high = w[2 * (i % 2)] >> 5, low = w[2 * (i % 2) + 1] >> 6;
    CHECK(dx[i] == (double)(high << 26 | low) / 0x1p53);
  }
  ae_tensor_clear(&f);
  ae_tensor_clear(&d);
}

TEST(normal_elements_are_box_mullers) {
  ae_generator g = {seed, 7};
  ae_tensor d = drawn(draw_normal, AE_DOUBLE, 6, &g), f = drawn(draw_normal, AE_FLOAT, 8, &g);
  CHECK(g.position == 7 + 3 + 2);
  const double *dx = ae_data(&d);
  const float *fx = ae_data(&f);
  const double turn = 6.283185307179586477;
  for (uint64_t i = 0; i < 3; i++) {
    uint32_t w[4];
    block_words(w, seed, 7 + i);
    const double u1 = ((double)((uint64_t)(w[0] >> 5) << 26 | w[1] >> 6) + 1) / 0x1p53;
    const double u2 = (double)((uint64_t)(w[2] >> 5) << 26 | w[3] >> 6) / 0x1p53;
    const double radius = sqrt(-2 * log(u1));
    CHECK_NEAR(dx[2 * i], 1 + 2 * radius * cos(turn * u2), 1e-14);
    CHECK_NEAR(dx[2 * i + 1], 1 + 2 * radius * sin(turn * u2), 1e-14);
  }
  for (uint64_t i = 0; i < 4; i++) {
    uint32_t w[4];
    block_words(w, seed, 10 + i / 2);
    const double u1 = ((double)w[2 * (i % 2)] + 1) / 0x1p32,
                 u2 = (double)w[2 * (i % 2) + 1] / 0x1p32;
    const double radius = sqrt(-2 * log(u1));
    CHECK_NEAR((double)fx[2 * i], 1 + 2 * radius * cos(turn * u2), 1e-6);
    CHECK_NEAR((double)fx[2 * i + 1], 1 + 2 * radius * sin(turn * u2), 1e-6);
  }
  ae_tensor_clear(&d);
  ae_tensor_clear(&f);
}

/* Of the same seed and position: the same elements on each path and with any number of threads. */
TEST(fills_depend_on_seed_and_position_alone) {
  const int threads = ae_threads();
  for (int i = 0; i < NDRAWS; i++) {
    for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
      ae_generator g = {seed, 3};
      CHECK_OK(ae_set_kernels("portable"));
      CHECK_OK(ae_set_threads(1));
      ae_tensor want = drawn(draws[i], type, 50001, &g);
      for (int path = 0; use_path(path); path++) {
        CHECK_OK(ae_set_threads(1 + path));
        g.position = 3;
        ae_tensor got = drawn(draws[i], type, 50001, &g);
        CHECK(ae_equal(&got, &want));
        ae_tensor_clear(&got);
      }
      ae_tensor_clear(&want);
    }
  }
  CHECK_OK(ae_set_threads(threads));
}

/* A fill cut anywhere, as iteration cuts it, is the whole fill. */
TEST(kernels_fill_from_any_element_on) {
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    double whole[600], part[600];
    const aei_type_kernels *k = aei_kernels_of(type);
    const size_t size = ae_type_size(type);
    for (int first = 0; first < 7; first++) {
      k->uniform(599, whole, seed, 5, 0, -1, 3);
      k->uniform(599 - first, part, seed, 5, first, -1, 3);
      CHECK(memcmp((char *)whole + (size_t)first * size, part, (size_t)(599 - first) * size) == 0);
      k->normal(599, whole, seed, 5, 0, 0, 1);
      k->normal(599 - first, part, seed, 5, first, 0, 1);
      CHECK(memcmp((char *)whole + (size_t)first * size, part, (size_t)(599 - first) * size) == 0);
    }
  }
}

TEST(fills_number_elements_row_by_row_in_any_layout) {
  const int64_t sizes[2] = {37, 53};
  for (int i = 0; i < NDRAWS; i++) {
    ae_tensor *t = NULL;
    ae_tensor turned = ae_tensor_local(AE_FLOAT);
    ae_generator g = {seed, 0};
    ae_tensor want = drawn(draws[i], AE_FLOAT, 37 * 53, &g);
    g.position = 0;
    CHECK_OK(ae_tensor_new_sized(&t, AE_FLOAT, 2, sizes));
    CHECK_OK(ae_transpose(&turned, t, 0, 1));
    CHECK_OK(draws[i](&turned, &g));
    const float *x = ae_data(t), *w = ae_data(&want);
    for (int r = 0; r < 53; r++) {
      for (int c = 0; c < 37; c++) CHECK(x[c * 53 + r] == w[r * 37 + c]);
    }
    ae_tensor_clear(&turned);
    ae_tensor_clear(&want);
    ae_tensor_release(t);
  }
}

/* Mean and variance of n values, within five standard errors. */
static void check_moments(ae_tensor *t, double mean, double variance, double fourth) {
  const int n = (int)ae_nelement(t);
  const void *x = ae_data(t);
  double sum = 0, squares = 0;
  for (int i = 0; i < n; i++) sum += value_at(t->type, x, i) - mean;
  for (int i = 0; i < n; i++) squares += pow(value_at(t->type, x, i) - mean, 2);
  CHECK_NEAR(sum / n, 0, 5 * sqrt(variance / n));
  CHECK_NEAR(squares / n, variance, 5 * sqrt((fourth - variance * variance) / n));
  ae_tensor_clear(t);
}

TEST(distributions_have_their_moments) {
  ae_generator g = {1, 0};
  const int64_t n = 200000;
  for (ae_type type = AE_FLOAT; type <= AE_DOUBLE; type++) {
    ae_tensor t = drawn(draw_uniform, type, n, &g);
    check_moments(&t, 0.5, 1.0 / 12, 1.0 / 80);
    t = drawn(draw_normal, type, n, &g);
    check_moments(&t, 1, 4, 48);
    t = drawn(draw_integers, type, n, &g);
    check_moments(&t, 49.5, 9999.0 / 12, 9999.0 / 12 * 9999.0 / 12 * 1.8);
  }
  ae_tensor t = drawn(draw_bernoulli, AE_BYTE, n, &g);
  check_moments(&t, 0.3, 0.21, 0.21 * (1 - 3 * 0.21));
}

TEST(uniform_stays_below_its_upper_bound) {
  ae_generator g = {5, 0};
  ae_tensor t = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_resize(&t, 1, (int64_t[]){100000}));
  CHECK_OK(
      ae_uniform(&t, &g, 1, 1 + 0x1p-20)); /* eight floats wide: rounding would reach the end */
  const float *x = ae_data(&t);
  bool inside = true;
  for (int i = 0; i < 100000; i++) inside = inside && x[i] >= 1 && x[i] < 1 + 0x1p-20f;
  CHECK(inside);
  CHECK_OK(ae_uniform(&t, &g, 2, 2));
  CHECK(x[0] == 2 && x[99999] == 2);
  ae_tensor_clear(&t);
}

TEST(single_draws_take_one_block_each) {
  ae_generator g = {seed, 9};
  uint32_t w[4];
  block_words(w, seed, 9);
  CHECK(ae_random_bits(&g) == ((uint64_t)w[1] << 32 | w[0]));
  const double u = ae_random_uniform(&g, -2, 6), z = ae_random_normal(&g, 0, 1);
  CHECK(g.position == 12);
  CHECK(u >= -2 && u < 6);
  g.position = 11;
  ae_tensor t = drawn(draw_normal, AE_DOUBLE, 1, &g);
  CHECK(*(double *)ae_data(&t) == 1 + 2 * z);
  ae_tensor_clear(&t);
}

TEST(integers_reach_both_ends_and_no_further) {
  ae_generator g = {2, 0};
  int seen[4] = {0};
  for (int i = 0; i < 400; i++) {
    const int64_t v = ae_random_int(&g, -1, 2);
    CHECK(v >= -1 && v <= 2);
    if (v >= -1 && v <= 2) seen[v + 1]++;
  }
  for (int i = 0; i < 4; i++) CHECK(seen[i] > 60);
  CHECK(ae_random_int(&g, 5, 5) == 5);
  bool negative = false, positive = false;
  for (int i = 0; i < 64; i++) {
    const int64_t v = ae_random_int(&g, INT64_MIN, INT64_MAX);
    negative = negative || v < 0;
    positive = positive || v > 0;
  }
  CHECK(negative && positive);
}

TEST(randperm_is_a_permutation_that_depends_on_the_seed) {
  static const ae_type types[] = {AE_LONG, AE_FLOAT, AE_DOUBLE};
  for (int i = 0; i < 3; i++) {
    ae_generator g = {3, 0};
    ae_tensor p = ae_tensor_local(types[i]), q = ae_tensor_local(types[i]);
    CHECK_OK(ae_randperm(&p, &g, 1000));
    CHECK_OK(ae_randperm(&q, &g, 1000));
    CHECK(!ae_equal(&p, &q));
    int seen[1000] = {0}, fixed = 0;
    for (int j = 0; j < 1000; j++) {
      const int v = (int)value_at(types[i], ae_data(&p), j);
      CHECK(v >= 0 && v < 1000 && !seen[v]++);
      fixed += v == j;
    }
    CHECK(fixed < 10);
    ae_seed(&g, 3);
    CHECK_OK(ae_randperm(&q, &g, 1000));
    CHECK(ae_equal(&p, &q));
    ae_tensor_clear(&p);
    ae_tensor_clear(&q);
  }
}

TEST(bad_arguments_are_named_and_draw_nothing) {
  ae_generator g = {1, 4};
  ae_tensor l = ae_tensor_local(AE_LONG), f = ae_tensor_local(AE_FLOAT),
            b = ae_tensor_local(AE_BYTE);
  CHECK_FAILS(ae_uniform(&l, &g, 0, 1), AE_ETYPE, "uniform: a LongTensor");
  CHECK_FAILS(ae_uniform(&f, &g, 2, 1), AE_EARG, "from 2 to 1");
  CHECK_FAILS(ae_uniform(&f, &g, 0, NAN), AE_EARG, "nan");
  CHECK_FAILS(ae_normal(&f, &g, 0, -1), AE_EARG, "standard deviation -1");
  CHECK_FAILS(ae_normal(&f, &g, 0, INFINITY), AE_EARG, "standard deviation inf");
  CHECK_FAILS(ae_normal(&f, &g, 0, NAN), AE_EARG, "standard deviation");
  CHECK_FAILS(ae_normal(&f, &g, NAN, 1), AE_EARG, "normal: mean");
  CHECK_FAILS(ae_normal(&f, &g, -INFINITY, 1), AE_EARG, "normal: mean -inf");
  CHECK_FAILS(ae_normal(&l, &g, 0, 1), AE_ETYPE, "normal: a LongTensor");
  CHECK_FAILS(ae_bernoulli(&f, &g, 1.5), AE_EARG, "probability 1.5");
  CHECK_FAILS(ae_randint(&f, &g, 3, 2), AE_EARG, "from 3 to 2");
  CHECK_FAILS(ae_randperm(&b, &g, 256), AE_EARG, "256 numbers in a ByteTensor");
  CHECK_FAILS(ae_randperm(&l, &g, -1), AE_EARG, "-1");
  CHECK_FAILS(ae_randperm(&f, &g, (1 << 24) + 2), AE_EARG, "16777218");
  CHECK(g.position == 4);
}
