/* The built-in garments: the same everywhere, balanced, and a fair problem. */
#include "engine.h"

#include <math.h>

enum { PIXELS = 28 * 28, CLASSES = 10 };

typedef struct garments {
  ae_tensor images, labels;
} garments;

static void draw(garments *g, int64_t n, uint64_t seed, int stream) {
  *g = (garments){ae_tensor_local(AE_BYTE), ae_tensor_local(AE_BYTE)};
  CHECK_OK(ae_garments(&g->images, &g->labels, n, seed, stream));
}

static void drop(garments *g) {
  ae_tensor_clear(&g->images);
  ae_tensor_clear(&g->labels);
}

static bool same(const garments *a, const garments *b) {
  return ae_equal(&a->images, &b->images) && ae_equal(&a->labels, &b->labels);
}

static const uint8_t *image(const garments *g, int64_t i) {
  return (const uint8_t *)ae_data(&g->images) + i * PIXELS;
}
static int label(const garments *g, int64_t i) { return ((const uint8_t *)ae_data(&g->labels))[i]; }

/* By any compiler, on any machine, kernel path and number of threads. */
TEST(garments_are_the_same_everywhere) {
  for (int threads = 1; threads <= 3; threads++) {
    garments g;
    uint32_t images = 0, labels = 0;
    CHECK_OK(ae_set_threads(threads));
    draw(&g, 1000, 1, 0);
    CHECK_OK(ae_checksum(&images, &g.images));
    CHECK_OK(ae_checksum(&labels, &g.labels));
    CHECK(images == 0x059ac408);
    CHECK(labels == 0x0153e318);
    drop(&g);
  }
  CHECK_OK(ae_set_threads(0));
}

TEST(the_first_garments_are_the_same_however_many_there_are) {
  garments few, many;
  ae_tensor first = ae_tensor_local(AE_BYTE);
  draw(&few, 37, 1, 0);
  draw(&many, 200, 1, 0);
  CHECK_OK(ae_narrow(&first, &many.images, 0, 0, 37));
  CHECK(ae_equal(&first, &few.images));
  CHECK_OK(ae_narrow(&first, &many.labels, 0, 0, 37));
  CHECK(ae_equal(&first, &few.labels));
  ae_tensor_clear(&first);
  drop(&few);
  drop(&many);
}

TEST(garments_depend_on_seed_and_stream) {
  garments g, again, seed, stream;
  draw(&g, 200, 1, 0);
  draw(&again, 200, 1, 0);
  draw(&seed, 200, 2, 0);
  draw(&stream, 200, 1, 1);
  CHECK(same(&g, &again));
  CHECK(!ae_equal(&g.images, &seed.images) && !ae_equal(&g.labels, &seed.labels));
  CHECK(!ae_equal(&g.images, &stream.images) && !ae_equal(&g.labels, &stream.labels));
  CHECK(!ae_equal(&seed.images, &stream.images));
  drop(&g);
  drop(&again);
  drop(&seed);
  drop(&stream);
}

TEST(garments_are_balanced_and_mixed) {
  garments g;
  int count[CLASSES] = {0}, early[CLASSES] = {0};
  draw(&g, 2000, 5, 0);
  CHECK(g.images.ndim == 3 && g.images.size[0] == 2000 && g.images.size[1] == 28 &&
        g.images.size[2] == 28 && g.labels.ndim == 1 && g.labels.size[0] == 2000);
  for (int i = 0; i < 2000; i++) {
    CHECK(label(&g, i) < CLASSES);
    count[label(&g, i) % CLASSES]++;
    if (i < 500) early[label(&g, i) % CLASSES]++;
  }
  for (int k = 0; k < CLASSES; k++) {
    CHECK(count[k] == 200);
    CHECK(early[k] > 20 && early[k] < 80);
  }
  drop(&g);
}

/* Something is drawn in the middle, in many tones; the corners are black; no two are alike. */
TEST(garments_are_pictures_of_things) {
  garments g;
  draw(&g, 500, 3, 1);
  for (int64_t i = 0; i < 500; i++) {
    const uint8_t *p = image(&g, i);
    int ink = 0;
    for (int k = 0; k < PIXELS; k++) ink += p[k] > 16;
    CHECK(ink > 60 && ink < 650);
    CHECK(p[0] == 0 && p[27] == 0);
    if (i > 0) CHECK(memcmp(p, image(&g, i - 1), PIXELS) != 0);
  }
  drop(&g);
}

static void class_means(double (*mean)[PIXELS], const garments *g, int64_t n) {
  memset(mean, 0, CLASSES * sizeof *mean);
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < PIXELS; k++) mean[label(g, i)][k] += image(g, i)[k] / (double)(n / CLASSES);
}

static int nearest(double (*mean)[PIXELS], const uint8_t *p) {
  int best = 0;
  double least = HUGE_VAL;
  for (int c = 0; c < CLASSES; c++) {
    double sum = 0;
    for (int k = 0; k < PIXELS; k++) sum += (p[k] - mean[c][k]) * (p[k] - mean[c][k]);
    if (sum < least) least = sum, best = c;
  }
  return best;
}

/* The nearest class mean is right far more often than by chance, and far from always. */
TEST(garments_are_neither_trivial_nor_noise) {
  static double mean[CLASSES][PIXELS];
  garments train, test;
  int right = 0;
  draw(&train, 3000, 1, 0);
  draw(&test, 1000, 1, 1);
  class_means(mean, &train, 3000);
  for (int64_t i = 0; i < 1000; i++) right += nearest(mean, image(&test, i)) == label(&test, i);
  CHECK(right > 500 && right < 850);
  drop(&train);
  drop(&test);
}

TEST(garments_errors) {
  ae_tensor *images = VECTOR(AE_BYTE, 1, 7), *labels = VECTOR(AE_FLOAT, 1, 7);
  ae_tensor bytes = ae_tensor_local(AE_BYTE);
  CHECK_FAILS(ae_garments(images, &bytes, -1, 1, 0), AE_EARG, "-1 images of stream 0");
  CHECK_FAILS(ae_garments(images, &bytes, 5, 1, -2), AE_EARG, "5 images of stream -2");
  CHECK_FAILS(ae_garments(images, labels, 5, 1, 0), AE_ETYPE,
              "labels go into a ByteTensor, not a FloatTensor");
  ae_tensor_release(labels);
  labels = random_matrix(AE_FLOAT, 2, 3, 1);
  CHECK_OK(ae_convert(&bytes, labels));
  CHECK_OK(ae_transpose(&bytes, &bytes, 0, 1));
  CHECK_FAILS(ae_garments(&bytes, images, 5, 1, 0), AE_EARG,
              "garments: the tensor of the images (3x2) must be contiguous");
  ae_tensor_clear(&bytes);
  ae_tensor_release(labels);
  labels = VECTOR(AE_FLOAT, 1, 7);
  CHECK_TENSOR(images, 0, 7);
  CHECK_TENSOR(labels, 0, 7);
  CHECK_OK(ae_garments(images, &bytes, 0, 1, 0));
  CHECK(ae_nelement(images) == 0 && ae_nelement(&bytes) == 0);
  ae_tensor_clear(&bytes);
  ae_tensor_release(labels);
  ae_tensor_release(images);
}
