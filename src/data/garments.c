/* garments.c - the built-in data set: garments drawn from a seed, for machines without
 * Fashion-MNIST.
 *
 * Each image is a few filled polygons whose corners, tones and textures are drawn at random. Image
 * i of a stream has a generator of its own, so that images can be drawn in any order and by any
 * thread. The upper-body classes overlap on purpose (sleeve length, collar and opening tell them
 * apart), as they do in the real data. */
#include "core/core.h"

#include <math.h>
#include <string.h>

enum {
  SIDE = 28,
  PIXELS = SIDE * SIDE,
  CLASSES = 10,
  BLOCKS = 1 << 10 /* of a stream, per image */
};

typedef struct point {
  double x, y;
} point;

typedef struct drawing {
  float tone[PIXELS];
  ae_generator g;
  double dx, dy, scale; /* where and how large the garment is */
} drawing;

static double between(drawing *d, double a, double b) { return ae_random_uniform(&d->g, a, b); }
static bool chance(drawing *d, double p) { return ae_random_uniform(&d->g, 0, 1) < p; }

/* ---- filling ---- */

enum { SUBLINES = 2, MAX_CORNERS = 16 };

static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

/* Adds to cover[] the part of each pixel of a row that lies between x0 and x1. */
static void cover_span(float *cover, double x0, double x1) {
  x0 = larger(x0, 0);
  x1 = smaller(x1, SIDE);
  for (int x = (int)x0; x < SIDE && x < x1; x++)
    cover[x] += (float)((smaller(x1, x + 1) - larger(x0, x)) / SUBLINES);
}

/* Places where the polygon's edges cross the line at y, ascending; even-odd rule. */
static int crossings(double *x, const point *p, int n, double y) {
  int count = 0;
  for (int i = 0, j = n - 1; i < n; j = i++) {
    if ((p[i].y <= y) == (p[j].y <= y)) continue;
    double at = p[i].x + (y - p[i].y) / (p[j].y - p[i].y) * (p[j].x - p[i].x);
    int k = count++;
    for (; k > 0 && x[k - 1] > at; k--) x[k] = x[k - 1];
    x[k] = at;
  }
  return count;
}

/* Paints a polygon in garment coordinates (0..28, y down) over what is there. */
static void fill(drawing *d, const point *corner, int n, double tone) {
  point p[MAX_CORNERS];
  double low = SIDE, high = 0;
  for (int i = 0; i < n; i++) {
    p[i].x = 14 + (corner[i].x - 14) * d->scale + d->dx;
    p[i].y = 14 + (corner[i].y - 14) * d->scale + d->dy;
    low = smaller(low, p[i].y);
    high = larger(high, p[i].y);
  }
  for (int y = (int)larger(low, 0); y < SIDE && y < high; y++) {
    float cover[SIDE] = {0};
    for (int s = 0; s < SUBLINES; s++) {
      double x[MAX_CORNERS];
      int count = crossings(x, p, n, y + (s + 0.5) / SUBLINES);
      for (int k = 0; k + 1 < count; k += 2) cover_span(cover, x[k], x[k + 1]);
    }
    for (int i = 0; i < SIDE; i++) {
      float *pixel = &d->tone[y * SIDE + i];
      *pixel += cover[i] * ((float)tone - *pixel);
    }
  }
}

/* The same on both sides of the middle, x = 14. */
static void fill_both(drawing *d, const point *corner, int n, double tone) {
  point mirrored[MAX_CORNERS];
  for (int i = 0; i < n; i++) mirrored[i] = (point){28 - corner[i].x, corner[i].y};
  fill(d, corner, n, tone);
  fill(d, mirrored, n, tone);
}

static void fill_box(drawing *d, double x0, double y0, double x1, double y1, double tone) {
  fill(d, (point[]){{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, 4, tone);
}

/* ---- the upper body: T-shirt, pullover, coat, shirt ---- */

typedef struct top {
  double shoulder, waist, hem; /* half widths */
  double upper, bottom;        /* y of the shoulders and of the hem */
  double sleeve, reach;        /* y and x distance of the sleeve's end */
  double cuff, neck, tone;
} top;

static void draw_top(drawing *d, const top *t) {
  double s = 14 - t->shoulder, armpit = t->upper + 5.5;
  fill_both(d,
            (point[]){{s + 1.5, t->upper},
                      {14 - t->shoulder - t->reach, t->sleeve},
                      {14 - t->shoulder - t->reach + t->cuff, t->sleeve + 0.8},
                      {14 - t->waist + 0.5, armpit}},
            4, t->tone * 0.93);
  fill(d,
       (point[]){{14 - t->neck, t->upper - 1},
                 {s, t->upper + 0.6},
                 {14 - t->waist, armpit},
                 {14 - t->hem, t->bottom},
                 {14 + t->hem, t->bottom},
                 {14 + t->waist, armpit},
                 {14 + t->shoulder, t->upper + 0.6},
                 {14 + t->neck, t->upper - 1}},
       8, t->tone);
  fill(d,
       (point[]){{14 - t->neck, t->upper - 1.2},
                 {14 - t->neck * 0.6, t->upper + 0.7},
                 {14 + t->neck * 0.6, t->upper + 0.7},
                 {14 + t->neck, t->upper - 1.2}},
       4, t->tone * between(d, 0, 0.5));
}

static top random_top(drawing *d) {
  top t = {.shoulder = between(d, 5.5, 7.5),
           .upper = between(d, 3.5, 5.5),
           .bottom = between(d, 22, 25),
           .cuff = between(d, 2.2, 3.4),
           .neck = between(d, 1.8, 3.2),
           .tone = between(d, 0.35, 0.95)};
  t.waist = t.shoulder - between(d, 0.2, 1.4);
  t.hem = t.waist + between(d, -0.3, 1.2);
  return t;
}

static void short_sleeves(drawing *d, top *t) {
  t->sleeve = t->upper + between(d, 5, 9);
  t->reach = between(d, 1.8, 4);
}

static void long_sleeves(drawing *d, top *t) {
  t->sleeve = t->bottom - between(d, 0.5, 5);
  t->reach = between(d, 1.0, 3.2);
}

static void draw_tshirt(drawing *d) {
  top t = random_top(d);
  short_sleeves(d, &t);
  draw_top(d, &t);
  if (chance(d, 0.35)) /* a print on the chest */
    fill_box(d, 14 - between(d, 1.5, 3.5), 10, 14 + between(d, 1.5, 3.5), between(d, 13, 17),
             between(d, 0.1, 1));
}

static void draw_pullover(drawing *d) {
  top t = random_top(d);
  long_sleeves(d, &t);
  draw_top(d, &t);
  if (chance(d, 0.5)) /* ribbing at the hem */
    fill_box(d, 14 - t.hem, t.bottom - 1.6, 14 + t.hem, t.bottom, t.tone * 0.8);
}

static void draw_coat(drawing *d) {
  top t = random_top(d);
  t.bottom = between(d, 23.5, 26.5);
  long_sleeves(d, &t);
  t.hem += between(d, 0, 1.2);
  draw_top(d, &t);
  double lapel = between(d, 3, 6), dark = t.tone * between(d, 0.1, 0.6);
  fill(d,
       (point[]){{14, t.upper + lapel + 2}, {14 - t.neck, t.upper - 1}, {14 + t.neck, t.upper - 1}},
       3, dark);
  fill_box(d, 13.6, t.upper + lapel, 14.4 + between(d, 0, 0.5), t.bottom, dark);
}

static void draw_shirt(drawing *d) {
  top t = random_top(d);
  if (chance(d, 0.4))
    short_sleeves(d, &t);
  else
    long_sleeves(d, &t);
  draw_top(d, &t);
  double bright = smaller(t.tone * between(d, 1.1, 1.5), 1);
  fill_both(
      d, (point[]){{14, t.upper + 1.5}, {14 - t.neck - 0.6, t.upper - 1}, {14 - 0.8, t.upper + 3}},
      3, bright);
  for (double y = t.upper + 4; chance(d, 0.97) && y < t.bottom - 1; y += 3)
    fill_box(d, 13.7, y, 14.4, y + 0.7, t.tone * 0.4);
}

/* ---- other clothes ---- */

static void draw_trouser(drawing *d) {
  double waist = between(d, 3.6, 5), top_y = between(d, 2, 4), bottom = between(d, 24, 26.5);
  double foot = between(d, 1.6, 2.8), out = between(d, 3.8, 6), tone = between(d, 0.3, 0.95);
  double crotch = top_y + between(d, 6, 9);
  fill_both(d,
            (point[]){{14, top_y},
                      {14 - waist, top_y},
                      {14 - waist - 0.6, crotch},
                      {14 - out, bottom},
                      {14 - out + foot, bottom},
                      {14, crotch}},
            6, tone);
  fill_box(d, 14 - waist, top_y, 14 + waist, top_y + 1, tone * 0.85);
}

static void draw_dress(drawing *d) {
  double shoulder = between(d, 2.6, 4.6), waist = between(d, 2.2, 3.6), hem = between(d, 4, 8);
  double top_y = between(d, 2, 4), waist_y = between(d, 9.5, 13), bottom = between(d, 24, 26.8);
  double tone = between(d, 0.3, 0.95);
  if (chance(d, 0.4)) { /* sleeves */
    double end = chance(d, 0.5) ? between(d, 8, 11) : between(d, 15, 21);
    fill_both(d,
              (point[]){{14 - shoulder, top_y},
                        {14 - shoulder - 2.2, end},
                        {14 - shoulder - 0.3, end + 0.5},
                        {14 - waist, waist_y - 3}},
              4, tone * 0.9);
  }
  fill(d,
       (point[]){{14 - shoulder * 0.5, top_y + 1.5},
                 {14 - shoulder, top_y},
                 {14 - waist, waist_y},
                 {14 - hem, bottom},
                 {14 + hem, bottom},
                 {14 + waist, waist_y},
                 {14 + shoulder, top_y},
                 {14 + shoulder * 0.5, top_y + 1.5}},
       8, tone);
  if (chance(d, 0.3)) fill_box(d, 14 - waist, waist_y - 0.5, 14 + waist, waist_y + 0.7, tone * 0.5);
}

static void draw_bag(drawing *d) {
  double w = between(d, 7, 11.5), top_y = between(d, 9.5, 13), bottom = between(d, 21, 25);
  double slope = between(d, 0, 2.5), grip = between(d, 3, 6), tone = between(d, 0.35, 0.95);
  double rise = between(d, 3, 7);
  fill(d,
       (point[]){{14 - grip, top_y},
                 {14 - grip * 0.8, top_y - rise},
                 {14 + grip * 0.8, top_y - rise},
                 {14 + grip, top_y},
                 {14 + grip - 1.1, top_y},
                 {14 + grip * 0.8 - 1, top_y - rise + 1.1},
                 {14 - grip * 0.8 + 1, top_y - rise + 1.1},
                 {14 - grip + 1.1, top_y}},
       8, tone * 0.8);
  fill(d,
       (point[]){
           {14 - w + slope, top_y}, {14 - w, bottom}, {14 + w, bottom}, {14 + w - slope, top_y}},
       4, tone);
  if (chance(d, 0.6)) /* a flap */
    fill(d,
         (point[]){{14 - w + slope, top_y},
                   {14 - w * 0.6, (top_y + bottom) / 2},
                   {14 + w * 0.6, (top_y + bottom) / 2},
                   {14 + w - slope, top_y}},
         4, tone * 0.8);
}

/* ---- shoes, toes to the left ---- */

static void draw_sneaker(drawing *d) {
  double heel = between(d, 11, 14), toe = between(d, 16, 18), floor_y = between(d, 20, 22);
  double tone = between(d, 0.35, 0.95), sole = between(d, 0.2, 1);
  fill(d,
       (point[]){{2, floor_y},
                 {2.5, toe},
                 {9, toe - 2.5},
                 {14, heel + 0.5},
                 {19, heel},
                 {21, heel + 1.8},
                 {24, heel + 0.5},
                 {25.5, floor_y}},
       8, tone);
  fill(
      d,
      (point[]){{1.5, floor_y - 1}, {1.8, floor_y + 1.2}, {25.8, floor_y + 1.2}, {26, floor_y - 1}},
      4, sole);
  for (double x = 11; x < 17; x += 2)
    fill(d,
         (point[]){
             {x, heel + 2.6}, {x + 0.8, heel + 2.2}, {x + 1.6, heel + 5}, {x + 0.8, heel + 5.2}},
         4, tone * 0.45);
}

static void draw_sandal(drawing *d) {
  double floor_y = between(d, 19.5, 22.5), rise = between(d, 0, 5), tone = between(d, 0.4, 1);
  double thick = between(d, 0.9, 2);
  fill(d,
       (point[]){{2, floor_y},
                 {12, floor_y - 0.3},
                 {25, floor_y - rise},
                 {26, floor_y - rise + thick},
                 {24, floor_y + thick},
                 {2.5, floor_y + thick}},
       6, tone);
  int straps = chance(d, 0.5) ? 2 : 3;
  for (int i = 0; i < straps; i++) {
    double x = 5 + 6.5 * i + between(d, -1, 1), h = between(d, 4, 7.5), lean = between(d, 0, 4);
    double width = between(d, 0.9, 2);
    fill(d,
         (point[]){{x, floor_y},
                   {x + lean, floor_y - h - rise * 0.3},
                   {x + lean + width, floor_y - h - rise * 0.3},
                   {x + width + 0.8, floor_y}},
         4, tone * between(d, 0.6, 1));
  }
}

static void draw_boot(drawing *d) {
  double shaft = between(d, 4, 8), floor_y = between(d, 22, 24), tone = between(d, 0.3, 0.95);
  double back = between(d, 23, 25), front = between(d, 13, 16), toe = between(d, 17, 19);
  double heel = between(d, 0, 2.2);
  fill(d,
       (point[]){{3, floor_y},
                 {3, toe},
                 {9, toe - 1.5},
                 {front, 14},
                 {front - 0.5, shaft},
                 {back - 0.8, shaft},
                 {back, 16},
                 {back + 0.5, floor_y}},
       8, tone);
  fill_box(d, 2.6, floor_y - 0.4, back + 0.8, floor_y + 0.8, tone * 0.5);
  fill_box(d, back - 5, floor_y, back + 0.6, floor_y + heel, tone * 0.6);
  if (chance(d, 0.4))
    fill(d, (point[]){{front + 3, shaft}, {front + 4, shaft}, {front + 4, 15}, {front + 3, 15}}, 4,
         tone * 0.5);
}

static void (*const draw[CLASSES])(drawing *) = {
    draw_tshirt, draw_trouser, draw_pullover, draw_dress, draw_coat,
    draw_sandal, draw_shirt,   draw_sneaker,  draw_bag,   draw_boot};

/* ---- cloth ---- */

/* One random byte for each pixel. */
static void grain_bytes(const drawing *d, uint8_t *grain) {
  uint32_t counter[4] = {0, 1, (uint32_t)d->g.position, (uint32_t)(d->g.position >> 32)};
  const uint32_t key[2] = {(uint32_t)d->g.seed, (uint32_t)(d->g.seed >> 32)};
  for (; counter[0] < PIXELS / 16; counter[0]++) {
    uint32_t word[4];
    ae_philox(word, counter, key);
    for (int k = 0; k < 16; k++)
      grain[counter[0] * 16 + (uint32_t)k] = (uint8_t)(word[k / 4] >> 8 * (k % 4));
  }
}

/* Light from one side, stripes and grain; then bytes. */
static void finish(drawing *d, uint8_t *pixel) {
  double slope = between(d, -0.012, 0.012), period = between(d, 2.2, 6);
  double depth = chance(d, 0.3) ? between(d, 0.08, 0.3) : 0;
  float roughness = (float)between(d, 0.02, 0.12) / 255, light[SIDE], stripe[SIDE];
  bool upright = chance(d, 0.5);
  uint8_t grain[PIXELS];
  grain_bytes(d, grain);
  for (int i = 0; i < SIDE; i++) {
    double phase = i / period;
    light[i] = (float)(1 + slope * (i - 14));
    stripe[i] = phase - (double)(int)phase < 0.5 ? (float)depth : 0;
  }
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      int i = y * SIDE + x;
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
    drawing d = {.g = {j->seed, (uint64_t)i * BLOCKS}};
    d.dx = between(&d, -1.2, 1.2);
    d.dy = between(&d, -1, 1);
    d.scale = between(&d, 0.86, 1.06);
    draw[j->labels[i]](&d);
    finish(&d, j->images + i * PIXELS);
  }
}

/* Equally many of each class, in random order. */
static void shuffle_labels(uint8_t *label, int64_t n, uint64_t seed) {
  ae_generator g = {seed, UINT64_C(1) << 62};
  for (int64_t i = 0; i < n; i++) label[i] = (uint8_t)(i % CLASSES);
  for (int64_t i = n - 1; i > 0; i--) {
    int64_t k = ae_random_int(&g, 0, i);
    uint8_t swap = label[i];
    label[i] = label[k];
    label[k] = swap;
  }
}

ae_status ae_garments(ae_tensor *images, ae_tensor *labels, int64_t n, uint64_t seed, int stream) {
  if (n < 0 || stream < 0)
    return aei_fail(AE_EARG, "garments: %lld images of stream %d", (long long)n, stream);
  AEI_TRY(aei_prepare(images, AE_BYTE, 3, (int64_t[]){n, SIDE, SIDE}));
  AEI_TRY(aei_prepare(labels, AE_BYTE, 1, &n));
  if (!ae_is_contiguous(images) || !ae_is_contiguous(labels))
    return aei_fail(AE_EARG, "garments: the tensors must be contiguous");
  job j = {.seed = seed * 2654435761u + (uint64_t)stream,
           .images = ae_data(images),
           .labels = ae_data(labels)};
  if (n == 0) return AE_OK;
  shuffle_labels(ae_data(labels), n, j.seed);
  aei_parallel(n, 64, draw_images, &j);
  return AE_OK;
}
