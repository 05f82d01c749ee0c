/* garments.c - the built-in data set: garments drawn from a seed, for machines without
 * Fashion-MNIST.
 *
 * Each image is a few filled polygons whose corners, tones and textures are drawn at random. Image
 * i of a stream has a generator of its own, so that images can be drawn in any order and by any
 * thread. */
#include "data/garment.h"

enum {
  CLASSES = 10,
  BLOCKS = 1 << 10 /* of a stream, per image */
};

static aei_garment *const draw[CLASSES] = {
    aei_draw_tshirt, aei_draw_trouser, aei_draw_pullover, aei_draw_dress, aei_draw_coat,
    aei_draw_sandal, aei_draw_shirt,   aei_draw_sneaker,  aei_draw_bag,   aei_draw_boot};

/* ---- cloth ---- */

/* One random byte for each pixel. */
static void grain_bytes(const aei_drawing *d, uint8_t *grain) {
  uint32_t counter[4] = {0, 1, (uint32_t)d->g.position, (uint32_t)(d->g.position >> 32)};
  const uint32_t key[2] = {(uint32_t)d->g.seed, (uint32_t)(d->g.seed >> 32)};
  for (; counter[0] < AEI_PIXELS / 16; counter[0]++) {
    uint32_t word[4];
    ae_philox(word, counter, key);
    for (int k = 0; k < 16; k++)
      grain[counter[0] * 16 + (uint32_t)k] = (uint8_t)(word[k / 4] >> 8 * (k % 4));
  }
}

/* Light from one side, stripes and grain; then bytes. */
static void finish(aei_drawing *d, uint8_t *pixel) {
  double slope = aei_between(d, -0.012, 0.012), period = aei_between(d, 2.2, 6);
  double depth = aei_chance(d, 0.3) ? aei_between(d, 0.08, 0.3) : 0;
  float roughness = (float)aei_between(d, 0.02, 0.12) / 255, light[AEI_SIDE], stripe[AEI_SIDE];
  bool upright = aei_chance(d, 0.5);
  uint8_t grain[AEI_PIXELS];
  grain_bytes(d, grain);
  for (int i = 0; i < AEI_SIDE; i++) {
    double phase = i / period;
    light[i] = (float)(1 + slope * (i - 14));
    stripe[i] = phase - (double)(int)phase < 0.5 ? (float)depth : 0;
  }
  for (int y = 0; y < AEI_SIDE; y++)
    for (int x = 0; x < AEI_SIDE; x++) {
      int i = y * AEI_SIDE + x;
      float noise = roughness * ((float)grain[i] - 127.5f);
      float v = d->tone[i] * (light[x] - (upright ? stripe[x] : stripe[y]) + noise) * 255;
      v = v < 0 ? 0 : v > 255 ? 255 : v;
      pixel[i] = (uint8_t)(int)(v + 0.5f);
    }
}

typedef struct job {
  uint64_t seed;
  uint8_t *images;
  const uint8_t *labels;
} job;

static void draw_images(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t i = begin; i < end; i++) {
    aei_drawing d = {.g = {j->seed, (uint64_t)i * BLOCKS}};
    d.dx = aei_between(&d, -1.4, 1.4);
    d.dy = aei_between(&d, -1.2, 1.2);
    d.wide = aei_between(&d, 0.82, 1.06);
    d.high = d.wide + aei_between(&d, -0.06, 0.06);
    d.shear = aei_between(&d, -0.06, 0.06);
    draw[j->labels[i]](&d);
    finish(&d, j->images + i * AEI_PIXELS);
  }
}

/* Every ten images hold each class once, in random order: balanced, and the first n images are the
 * same however many there are. */
static void shuffle_labels(uint8_t *label, int64_t n, uint64_t seed) {
  ae_generator g = {seed, UINT64_C(1) << 62};
  uint8_t ten[CLASSES];
  for (int64_t i = 0; i < n; i++) {
    int at = (int)(i % CLASSES);
    for (int k = 0; at == 0 && k < CLASSES; k++) ten[k] = (uint8_t)k;
    int64_t k = ae_random_int(&g, at, CLASSES - 1);
    label[i] = ten[k];
    ten[k] = ten[at];
  }
}

static ae_status check_output(const char *what, const ae_tensor *t) {
  if (t->type != AE_BYTE)
    return aei_fail(AE_ETYPE, "garments: %s go into a ByteTensor, not a %sTensor", what,
                    ae_type_name(t->type));
  if (!ae_is_contiguous(t))
    return aei_fail(AE_EARG, "garments: the tensor of the %s (%s) must be contiguous", what,
                    AEI_SHAPE(t));
  return AE_OK;
}

ae_status ae_garments(ae_tensor *images, ae_tensor *labels, int64_t n, uint64_t seed, int stream) {
  if (n < 0 || stream < 0)
    return aei_fail(AE_EARG, "garments: %lld images of stream %d", (long long)n, stream);
  AEI_TRY(check_output("images", images));
  AEI_TRY(check_output("labels", labels));
  AEI_TRY(ae_resize(images, 3, (int64_t[]){n, AEI_SIDE, AEI_SIDE}));
  AEI_TRY(ae_resize(labels, 1, &n));
  if (n == 0) return AE_OK;
  job j = {.seed = seed * 2654435761u + (uint64_t)stream,
           .images = ae_data(images),
           .labels = ae_data(labels)};
  shuffle_labels(ae_data(labels), n, j.seed);
  aei_parallel(n, 64, draw_images, &j);
  return AE_OK;
}
