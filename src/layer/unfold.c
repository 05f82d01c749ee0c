/* unfold.c - what a window sees of an image, as the columns of a matrix, and back.
 *
 * A row of columns is one element of the window (plane, y, x) at all places. For it the places
 * inside the image are a rectangle of the map, and what it sees there a rectangle of the plane,
 * with steps dh and dw: one block to copy or to add. */
#include "layer/spatial.h"

#include <string.h>

typedef struct block {
  int64_t rows, n;        /* of places */
  int64_t to, to_row;     /* in the row of columns: the first one, and from row to row */
  int64_t from, from_row; /* in the plane likewise */
  int64_t step;           /* from element to element */
} block;

/* For element (y, x) of the window, of the places in rows first..last. */
static block block_of(const aei_convolution *c, int64_t first, int64_t last, int64_t y, int64_t x) {
  aei_span down = aei_inside(c->height, c->rows, y, c->dh, c->padh);
  const aei_span across = aei_inside(c->width, c->columns, x, c->dw, c->padw);
  if (down.first < first) down.first = first;
  if (down.last > last) down.last = last;
  return (block){
      .rows = down.last - down.first,
      .n = across.last - across.first,
      .to = (down.first - first) * c->columns + across.first,
      .to_row = c->columns,
      .from = (down.first * c->dh - c->padh + y) * c->width + across.first * c->dw - c->padw + x,
      .from_row = c->dh * c->width,
      .step = c->dw};
}

/* n bytes, of which there are few as a rule: in pieces of a fixed size, the last one overlapping.
 */
static inline void copy_bytes(char *restrict to, const char *restrict from, size_t n) {
  if (n > 256) {
    memcpy(to, from, n);
  } else if (n >= 32) {
    for (size_t i = 0; i + 32 <= n; i += 32) memcpy(to + i, from + i, 32);
    memcpy(to + n - 32, from + n - 32, 32);
  } else if (n >= 16) {
    memcpy(to, from, 16);
    memcpy(to + n - 16, from + n - 16, 16);
  } else if (n >= 8) {
    memcpy(to, from, 8);
    memcpy(to + n - 8, from + n - 8, 8);
  } else {
    memcpy(to, from, 4);
  }
}

#define DEFINE_BLOCKS(T)                                                         \
  static void take_##T(const block *b, T *restrict to, const T *restrict from) { \
    for (int64_t r = 0; r < b->rows; r++, to += b->to_row, from += b->from_row)  \
      if (b->step == 1)                                                          \
        copy_bytes((char *)to, (const char *)from, (size_t)b->n * sizeof *to);   \
      else                                                                       \
        for (int64_t i = 0; i < b->n; i++) to[i] = from[i * b->step];            \
  }                                                                              \
  static void give_##T(const block *b, const T *restrict to, T *restrict from) { \
    for (int64_t r = 0; r < b->rows; r++, to += b->to_row, from += b->from_row)  \
      if (b->step == 1)                                                          \
        for (int64_t i = 0; i < b->n; i++) from[i] += to[i];                     \
      else                                                                       \
        for (int64_t i = 0; i < b->n; i++) from[i * b->step] += to[i];           \
  }
DEFINE_BLOCKS(float)
DEFINE_BLOCKS(double)

static bool is_empty(const block *b) { return b->rows <= 0 || b->n <= 0; }

typedef struct job {
  const aei_convolution *c;
  int64_t first, last;
  void *columns, *image;
} job;

/* Planes begin..end; so for both bodies. */
static void unfold(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const aei_convolution *c = j->c;
  const int64_t taps = c->kh * c->kw, n = (j->last - j->first) * c->columns;
  const size_t size = ae_type_size(c->type), plane_size = (size_t)(taps * n) * size;
  if (c->padw > 0 || c->padh > 0)
    memset((char *)j->columns + (size_t)begin * plane_size, 0, (size_t)(end - begin) * plane_size);
  for (int64_t k = 0; k < taps; k++) {
    const block b = block_of(c, j->first, j->last, k / c->kw, k % c->kw);
    if (is_empty(&b)) continue;
    for (int64_t plane = begin; plane < end; plane++) {
      const int64_t to = (plane * taps + k) * n + b.to;
      const int64_t from = plane * c->height * c->width + b.from;
      if (c->type == AE_FLOAT)
        take_float(&b, (float *)j->columns + to, (const float *)j->image + from);
      else
        take_double(&b, (double *)j->columns + to, (const double *)j->image + from);
    }
  }
}

static void fold(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const aei_convolution *c = j->c;
  const int64_t taps = c->kh * c->kw, n = (j->last - j->first) * c->columns;
  for (int64_t k = 0; k < taps; k++) {
    const block b = block_of(c, j->first, j->last, k / c->kw, k % c->kw);
    if (is_empty(&b)) continue;
    for (int64_t plane = begin; plane < end; plane++) {
      const int64_t to = (plane * taps + k) * n + b.to;
      const int64_t from = plane * c->height * c->width + b.from;
      if (c->type == AE_FLOAT)
        give_float(&b, (const float *)j->columns + to, (float *)j->image + from);
      else
        give_double(&b, (const double *)j->columns + to, (double *)j->image + from);
    }
  }
}

/* Through aei_parallel also where it is called from a body: it flushes denormals. */
static void run(const aei_convolution *c, int64_t planes, job *j, aei_body *body) {
  enum { WORTH = 1 << 16 }; /* elements of columns, to begin a piece */
  const int64_t plane = c->kh * c->kw * (j->last - j->first) * c->columns;
  aei_parallel(planes, WORTH / plane + 1, body, j);
}

void aei_unfold(const aei_convolution *c, int64_t planes, int64_t first, int64_t last,
                void *columns, const void *image) {
  job j = {c, first, last, columns, (void *)(uintptr_t)image};
  run(c, planes, &j, unfold);
}

void aei_fold(const aei_convolution *c, int64_t planes, int64_t first, int64_t last,
              const void *columns, void *image) {
  job j = {c, first, last, (void *)(uintptr_t)columns, image};
  run(c, planes, &j, fold);
}
