/* convolve.c - convolution as matrix products of unfolded images (Chellapilla, Puri, Simard: High
 * performance convolutional neural networks for document processing, 2006), without ever unfolding
 * a whole batch:
 *
 *   convolve   strip of a map   = bias + weight (maps, K) * columns (K, n)     K = planes*kh*kw
 *   back       columns (K, n)   = weight' (K, maps) * strip of a map,  folded into the image
 *   weights    gradient         += strip of a map (maps, n) * columns' (n, K)
 *
 * A strip is some rows of a map, n places of the window. Work is cut into pieces, pieces are dealt
 * to slots in runs, and each slot has its own scratch; all three follow from shapes alone. Chains
 * of additions pass from strip to strip unbroken, so that only the number of slots that share a
 * gradient shows in its last bits. */
#include "layer/spatial.h"

#include <string.h>

enum {
  STRIP = 1 << 17,   /* elements of a strip's columns, to stay in L2 */
  SLOTS = 64,        /* at most */
  WORTH = 4,         /* samples worth a partial gradient of their own */
  FEW = 8,           /* so few pieces run one after the other, each product on all threads */
  PARTIALS = 1 << 22 /* elements of all slots' partial gradients, at most */
};

typedef struct job {
  const aei_convolution *c;
  void *map, *image;
  const void *weight;
  const ae_tensor *bias;
  char *scratch, *partial;
  int64_t scratch_size; /* elements a slot */
  int64_t slots, pieces;
  int64_t strips, strip_rows;   /* of a map */
  int64_t groups, group_planes; /* of an image */
  size_t size;                  /* of an element */
} job;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static void *at(const void *base, int64_t elements, size_t size) {
  return (char *)(uintptr_t)base + elements * (int64_t)size;
}

/* ---- what the window sees ---- */

static int64_t taps(const aei_convolution *c) { return c->kw * c->kh; }
static int64_t inner(const aei_convolution *c) { return c->planes * taps(c); }
static int64_t area(const aei_convolution *c) { return c->height * c->width; }
static int64_t places(const aei_convolution *c) { return c->rows * c->columns; }

/* The window is one element and every element is seen once: an image is its own unfolding. */
static bool is_plain(const aei_convolution *c) {
  return taps(c) == 1 && c->dw == 1 && c->dh == 1 && c->padw == 0 && c->padh == 0;
}

#define DEFINE_FILL(T)                                                                    \
  static void fill_##T(int64_t n, T *to, const ae_tensor *bias, int64_t i) {              \
    const T value = ((const T *)bias->storage->data)[bias->offset + i * bias->stride[0]]; \
    for (int64_t k = 0; k < n; k++) to[k] = value;                                        \
  }
DEFINE_FILL(float)
DEFINE_FILL(double)

/* n elements = bias[i], or 0. */
static void fill(const job *j, int64_t n, void *to, int64_t i) {
  if (!j->bias)
    memset(to, 0, (size_t)n * j->size);
  else if (j->c->type == AE_FLOAT)
    fill_float(n, to, j->bias, i);
  else
    fill_double(n, to, j->bias, i);
}

/* ---- running ---- */

/* Cuts maps into strips whose columns for so many planes fit into a slot. */
static ae_status cut(job *j, int64_t planes) {
  const aei_convolution *c = j->c;
  int64_t row, all;
  if (!aei_mul(&row, planes * taps(c), c->columns) || !aei_mul(&all, row, c->rows))
    return aei_fail(AE_ESHAPE,
                    "convolution: %lldx%lld places of a window of %lldx%lld are too many",
                    (long long)c->rows, (long long)c->columns, (long long)c->kh, (long long)c->kw);
  j->strips = ceil_div(c->rows, most(1, least(c->rows, STRIP / row)));
  j->strip_rows = ceil_div(c->rows, j->strips);
  j->strips = ceil_div(c->rows, j->strip_rows);
  j->scratch_size = ceil_div(row * j->strip_rows, AEI_ALIGN) * AEI_ALIGN;
  return AE_OK;
}

static ae_status run(job *j, aei_body *slot) {
  int64_t all;
  if (!aei_mul(&all, j->slots, j->scratch_size)) all = INT64_MAX;
  AEI_TRY(aei_scratch(j->c->scratch, all));
  j->scratch = ae_data(j->c->scratch);
  if (j->slots < FEW)
    slot(j, 0, j->slots);
  else
    aei_parallel(j->slots, 1, slot, j);
  return AE_OK;
}

static void *slot_scratch(const job *j, int64_t slot) {
  return at(j->scratch, slot * j->scratch_size, j->size);
}
static int64_t first_piece(const job *j, int64_t slot) { return slot * j->pieces / j->slots; }

/* A strip's first row, and its rows' end. */
static int64_t strip_begin(const job *j, int64_t strip) { return strip * j->strip_rows; }
static int64_t strip_end(const job *j, int64_t strip) {
  return least(j->c->rows, (strip + 1) * j->strip_rows);
}

/* ---- map = bias + weight unfold(image) ---- */

static void convolve_strip(job *j, char *columns, int64_t sample, int64_t strip) {
  const aei_convolution *c = j->c;
  const int64_t first = strip_begin(j, strip), last = strip_end(j, strip);
  const int64_t n = (last - first) * c->columns;
  char *image = at(j->image, sample * c->planes * area(c), j->size);
  char *map = at(j->map, sample * c->maps * places(c) + first * c->columns, j->size);
  if (!is_plain(c)) aei_unfold(c, c->planes, first, last, columns, image);
  for (int64_t i = 0; j->bias && i < c->maps; i++) fill(j, n, at(map, i * places(c), j->size), i);
  const aei_gemm g = {.m = c->maps,
                      .n = n,
                      .k = inner(c),
                      .alpha = 1,
                      .beta = j->bias ? 1 : 0,
                      .a = j->weight,
                      .a_row = inner(c),
                      .a_col = 1,
                      .b = is_plain(c) ? at(image, first * c->columns, j->size) : columns,
                      .b_row = is_plain(c) ? area(c) : n,
                      .b_col = 1,
                      .c = map,
                      .c_row = places(c),
                      .c_col = 1};
  aei_gemm_run(j->c->type, &g);
}

static void convolve_slots(void *context, int64_t begin, int64_t end) {
  job *j = context;
  for (int64_t slot = begin; slot < end; slot++)
    for (int64_t p = first_piece(j, slot); p < first_piece(j, slot + 1); p++)
      convolve_strip(j, slot_scratch(j, slot), p / j->strips, p % j->strips);
}

ae_status aei_convolve(const aei_convolution *c, void *map, const void *image, const void *weight,
                       const ae_tensor *bias) {
  job j = {.c = c,
           .map = map,
           .image = (void *)(uintptr_t)image,
           .weight = weight,
           .bias = bias,
           .size = ae_type_size(c->type)};
  AEI_TRY(cut(&j, c->planes));
  if (is_plain(c)) j.scratch_size = 0;
  j.pieces = c->batch * j.strips;
  j.slots = least(j.pieces, SLOTS);
  return run(&j, convolve_slots);
}

/* ---- image = bias + fold(weight' map) ---- */

/* Planes [plane, plane + planes) of a sample, strip after strip: strips overlap in the image. */
static void convolve_planes(job *j, char *columns, int64_t sample, int64_t plane, int64_t planes) {
  const aei_convolution *c = j->c;
  char *image = at(j->image, (sample * c->planes + plane) * area(c), j->size);
  for (int64_t i = 0; i < planes; i++) fill(j, area(c), at(image, i * area(c), j->size), plane + i);
  for (int64_t strip = 0; strip < j->strips; strip++) {
    const int64_t first = strip_begin(j, strip), last = strip_end(j, strip);
    const int64_t n = (last - first) * c->columns;
    const aei_gemm g = {.m = planes * taps(c),
                        .n = n,
                        .k = c->maps,
                        .alpha = 1,
                        .beta = 0,
                        .a = at(j->weight, plane * taps(c), j->size),
                        .a_row = 1,
                        .a_col = inner(c),
                        .b = at(j->map, sample * c->maps * places(c) + first * c->columns, j->size),
                        .b_row = places(c),
                        .b_col = 1,
                        .c = columns,
                        .c_row = n,
                        .c_col = 1};
    aei_gemm_run(j->c->type, &g);
    aei_fold(c, planes, first, last, columns, image);
  }
}

static void convolve_back_slots(void *context, int64_t begin, int64_t end) {
  job *j = context;
  for (int64_t slot = begin; slot < end; slot++)
    for (int64_t p = first_piece(j, slot); p < first_piece(j, slot + 1); p++) {
      const int64_t plane = p % j->groups * j->group_planes;
      convolve_planes(j, slot_scratch(j, slot), p / j->groups, plane,
                      least(j->group_planes, j->c->planes - plane));
    }
}

ae_status aei_convolve_back(const aei_convolution *c, void *image, const void *map,
                            const void *weight, const ae_tensor *bias) {
  enum { ENOUGH = 16 }; /* pieces */
  job j = {.c = c,
           .map = (void *)(uintptr_t)map,
           .image = image,
           .weight = weight,
           .bias = bias,
           .size = ae_type_size(c->type)};
  j.group_planes = ceil_div(c->planes, least(c->planes, ceil_div(ENOUGH, c->batch)));
  j.groups = ceil_div(c->planes, j.group_planes);
  AEI_TRY(cut(&j, j.group_planes));
  j.pieces = c->batch * j.groups;
  j.slots = least(j.pieces, SLOTS);
  return run(&j, convolve_back_slots);
}

/* ---- gradient += scale * map unfold(image)' ---- */

/* A strip's part of a partial gradient; the first one begins it. */
static void weigh_strip(job *j, char *columns, char *partial, int64_t sample, int64_t strip,
                        bool begins) {
  const aei_convolution *c = j->c;
  const int64_t first = strip_begin(j, strip), last = strip_end(j, strip);
  const int64_t n = (last - first) * c->columns;
  char *image = at(j->image, sample * c->planes * area(c), j->size);
  if (!is_plain(c)) aei_unfold(c, c->planes, first, last, columns, image);
  const aei_gemm g = {.m = c->maps,
                      .n = inner(c),
                      .k = n,
                      .alpha = 1,
                      .beta = begins ? 0 : 1,
                      .a = at(j->map, sample * c->maps * places(c) + first * c->columns, j->size),
                      .a_row = places(c),
                      .a_col = 1,
                      .b = is_plain(c) ? at(image, first * c->columns, j->size) : columns,
                      .b_row = 1,
                      .b_col = is_plain(c) ? area(c) : n,
                      .c = partial,
                      .c_row = inner(c),
                      .c_col = 1};
  aei_gemm_run(j->c->type, &g);
}

static void weigh_slots(void *context, int64_t begin, int64_t end) {
  job *j = context;
  const int64_t weights = j->c->maps * inner(j->c);
  for (int64_t slot = begin; slot < end; slot++)
    for (int64_t sample = first_piece(j, slot); sample < first_piece(j, slot + 1); sample++)
      for (int64_t strip = 0; strip < j->strips; strip++)
        weigh_strip(j, slot_scratch(j, slot), at(j->partial, slot * weights, j->size), sample,
                    strip, sample == first_piece(j, slot) && strip == 0);
}

/* The slots' partial gradients are added up into the first one, in double and in their order. */
static void add_partials(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t weights = j->c->maps * inner(j->c);
  const aei_kernels *k = aei_kernels_now();
  double sum[AEI_BLOCK], part[AEI_BLOCK];
  for (int64_t i = begin; i < end; i += AEI_BLOCK) {
    const int64_t n = least(AEI_BLOCK, end - i);
    k->convert[AE_DOUBLE][j->c->type](n, sum, at(j->partial, i, j->size));
    for (int64_t s = 1; s < j->slots; s++) {
      k->convert[AE_DOUBLE][j->c->type](n, part, at(j->partial, s * weights + i, j->size));
      k->type[AE_DOUBLE].map2[AE_ADD](n, sum, sum, part, 1);
    }
    k->convert[j->c->type][AE_DOUBLE](n, at(j->partial, i, j->size), sum);
  }
}

static ae_status add_to(ae_tensor *gradient, const ae_tensor *partial, double scale) {
  ae_tensor sum = ae_tensor_local(gradient->type);
  const int64_t n = ae_nelement(gradient);
  ae_status status = ae_set_storage(&sum, partial->storage, partial->offset, 1, &n, NULL);
  if (status == AE_OK) status = ae_map2(AE_ADD, gradient, gradient, &sum, scale);
  ae_tensor_clear(&sum);
  return status;
}

ae_status aei_convolve_weights(const aei_convolution *c, ae_tensor *gradient, const void *map,
                               const void *image, double scale, ae_tensor *partial) {
  job j = {.c = c,
           .map = (void *)(uintptr_t)map,
           .image = (void *)(uintptr_t)image,
           .size = ae_type_size(c->type)};
  const int64_t weights = c->maps * inner(c);
  AEI_TRY(cut(&j, c->planes));
  if (is_plain(c)) j.scratch_size = 0;
  j.pieces = c->batch;
  j.slots = least(c->batch, most(FEW, c->batch / WORTH));
  j.slots = most(1, least(j.slots, least(SLOTS, PARTIALS / weights)));
  AEI_TRY(aei_scratch(partial, j.slots * weights));
  j.partial = ae_data(partial);
  AEI_TRY(run(&j, weigh_slots));
  if (j.slots > 1) aei_parallel(weights, AEI_BLOCK, add_partials, &j);
  return add_to(gradient, partial, scale);
}
