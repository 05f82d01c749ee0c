/* SpatialMaxPooling.c - the largest element under a window. Forward remembers where it was;
 * backward gives it the whole gradient. */
#include "layer/spatial.h"

#include <math.h>
#include <string.h>

enum { INDICES, INPUT_SIZE, INPUT_COPY, OUTPUT_COPY, RESULT_COPY };

static const ae_option options[] = {
    {"kW", AE_INT, AE_REQUIRED, 1, INT32_MAX, "width of the window"},
    {"kH", AE_INT, AE_REQUIRED, 1, INT32_MAX, "height of the window"},
    {"dW", AE_INT, AE_LIKE(AEI_KW), 1, INT32_MAX, "step of the window across; default: kW"},
    {"dH", AE_INT, AE_LIKE(AEI_KH), 1, INT32_MAX, "step of the window downwards; default: kH"},
    {"padW", AE_INT, 0, 0, INT32_MAX, "places beside the image, which never are the largest"},
    {"padH", AE_INT, 0, 0, INT32_MAX, "places above and below it"},
    {"ceil_mode", AE_BOOL, false, 0, 1, "windows that begin inside and end outside count too"},
    {0},
};

static const ae_buffer buffers[] = {
    {"indices", NULL},   /* as the output: place of the element in its plane, from 0 */
    {"inputSize", NULL}, /* (2): height and width of the last input */
    /* of what is not contiguous */
    {"inputCopy", NULL},
    {"gradOutputCopy", NULL},
    {"resultCopy", NULL},
    {0},
};

typedef struct job {
  const aei_pooling *p;
  const void *from;
  void *to, *indices;
  ae_type type;
} job;

/* begin: nothing found yet at n columns whose first places are place, place + step, ..., those
 * left of `least` being `least`. tap: n columns compare their best with one element each, x[0],
 * x[step], ...; the first of equal ones wins, and a NaN over all. give: the gradient of n windows
 * to the elements of gx, size of them, that were their largest. plane: a plane of the output,
 * element after element of the window. */
#define DEFINE_LOOPS(T)                                                                          \
  static void begin_##T(int64_t n, T *y, T *index, int64_t step, int64_t place, int64_t least) { \
    for (int64_t i = 0; i < n; i++) {                                                            \
      const int64_t at = place + i * step;                                                       \
      y[i] = -(T)INFINITY;                                                                       \
      index[i] = (T)(at > least ? at : least);                                                   \
    }                                                                                            \
  }                                                                                              \
  static inline void tap_##T(int32_t n, T *restrict y, T *restrict index, const T *restrict x,   \
                             int64_t step, int64_t place) {                                      \
    const T first = (T)place, each = (T)step;                                                    \
    for (int32_t i = 0; i < n; i++) {                                                            \
      const T v = x[i * step], at = first + (T)i * each;                                         \
      const bool better = (v > y[i]) | (v != v);                                                 \
      y[i] = better ? v : y[i];                                                                  \
      index[i] = better ? at : index[i];                                                         \
    }                                                                                            \
  }                                                                                              \
  static void give_##T(int64_t n, T *gx, int64_t size, const T *index, const T *gy) {            \
    for (int64_t i = 0; i < n; i++)                                                              \
      if (index[i] >= 0 && index[i] < (T)size) gx[(int64_t)index[i]] += gy[i];                   \
  }                                                                                              \
  static void plane_##T(const aei_pooling *p, T *y, T *index, const T *x) {                      \
    const int64_t width = p->in.width, columns = p->out.width, step = p->dw;                     \
    for (int64_t r = 0; r < p->out.height; r++) {                                                \
      const int64_t top = r * p->dh - p->padh, line = top > 0 ? top * width : 0;                 \
      begin_##T(columns, y + r * columns, index + r * columns, step, line - p->padw, line);      \
    }                                                                                            \
    for (int64_t k = 0; k < p->kh * p->kw; k++) {                                                \
      const int64_t i = k / p->kw, l = k % p->kw;                                                \
      const aei_span down = aei_inside(p->in.height, p->out.height, i, p->dh, p->padh);          \
      const aei_span across = aei_inside(width, columns, l, step, p->padw);                      \
      const int32_t n = (int32_t)(across.last - across.first);                                   \
      for (int64_t r = down.first; r < down.last && n > 0; r++) {                                \
        const int64_t to = r * columns + across.first;                                           \
        const int64_t place =                                                                    \
            (r * p->dh - p->padh + i) * width + across.first * step - p->padw + l;               \
        if (step == 2)                                                                           \
          tap_##T(n, y + to, index + to, x + place, 2, place);                                   \
        else                                                                                     \
          tap_##T(n, y + to, index + to, x + place, step, place);                                \
      }                                                                                          \
    }                                                                                            \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

/* Planes begin..end of all images. */
static void pool(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const aei_pooling *p = j->p;
  const int64_t in = p->in.height * p->in.width, out = p->out.height * p->out.width;
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      plane_float(p, (float *)j->to + i * out, (float *)j->indices + i * out,
                  (const float *)j->from + i * in);
    else
      plane_double(p, (double *)j->to + i * out, (double *)j->indices + i * out,
                   (const double *)j->from + i * in);
  }
}

static void give_back(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t in = j->p->in.height * j->p->in.width;
  const int64_t out = j->p->out.height * j->p->out.width;
  const int64_t size = (int64_t)ae_type_size(j->type);
  memset((char *)j->to + begin * in * size, 0, (size_t)((end - begin) * in * size));
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      give_float(out, (float *)j->to + i * in, in, (const float *)j->indices + i * out,
                 (const float *)j->from + i * out);
    else
      give_double(out, (double *)j->to + i * in, in, (const double *)j->indices + i * out,
                  (const double *)j->from + i * out);
  }
}

/* Places are kept as numbers of the module's type, exact to 2^24 in Float. */
static ae_status check_area(const ae_module *m, const ae_tensor *x, const aei_pooling *p) {
  const int64_t most = m->type == AE_FLOAT ? 1 << 24 : INT32_MAX;
  if (p->in.width <= most / p->in.height) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, a plane of type %s can have %lld elements",
                  AEI_NAME(m), AEI_SHAPE(x), ae_type_name(m->type), (long long)most);
}

static ae_status remember_size(ae_tensor *t, const aei_images *in) {
  AEI_TRY(aei_scratch_sized(t, 1, (const int64_t[]){2}));
  AEI_TRY(ae_put(t, (const int64_t[]){0}, ae_from_int(in->height)));
  return ae_put(t, (const int64_t[]){1}, ae_from_int(in->width));
}

ae_status aei_max_places(const ae_tensor **indices, int64_t *height, int64_t *width,
                         const ae_module *pool) {
  const ae_tensor *size = pool->buffer[INPUT_SIZE];
  ae_number h, w;
  if (size->ndim != 1 || size->size[0] != 2 || pool->buffer[INDICES]->ndim == 0)
    return aei_fail(AE_EARG, "%s has not run yet", AEI_NAME(pool));
  AEI_TRY(ae_get(&h, size, (const int64_t[]){0}));
  AEI_TRY(ae_get(&w, size, (const int64_t[]){1}));
  *indices = pool->buffer[INDICES];
  *height = ae_to_int(h);
  *width = ae_to_int(w);
  return AE_OK;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_pooling p;
  ae_tensor *y = m->output, *indices = m->buffer[INDICES];
  AEI_TRY(aei_pooling_of(&p, m, x));
  AEI_TRY(check_area(m, x, &p));
  AEI_TRY(aei_images_resize(y, m, x, p.out));
  AEI_TRY(aei_scratch_sized(indices, y->ndim, y->size));
  AEI_TRY(remember_size(m->buffer[INPUT_SIZE], &p.in));
  job j = {.p = &p, .indices = ae_data(indices), .type = m->type};
  AEI_TRY(aei_read(&j.from, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, y, m->buffer[RESULT_COPY]));
  aei_parallel(p.in.batch * p.in.planes, aei_plane_grain(p.in), pool, &j);
  return aei_write_end(y, m->buffer[RESULT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_pooling p;
  const ae_tensor *indices = m->buffer[INDICES];
  AEI_TRY(aei_pooling_of(&p, m, x));
  AEI_TRY(aei_images_again(m, x, p.out));
  if (!ae_same_size(indices, gy) || !ae_is_contiguous(indices))
    return aei_fail(AE_ESHAPE, "%s: indices are %s, forward left %s", AEI_NAME(m),
                    AEI_SHAPE(indices), AEI_SHAPE(gy));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  job j = {.p = &p, .indices = ae_data(indices), .type = m->type};
  AEI_TRY(aei_read(&j.from, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->grad_input, m->buffer[RESULT_COPY]));
  aei_parallel(p.in.batch * p.in.planes, aei_plane_grain(p.in), give_back, &j);
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

const ae_layer ae_layer_SpatialMaxPooling = {
    .name = "SpatialMaxPooling",
    .doc =
        "(B,C,H,W) -> (B,C,H',W'), or without B  y = the largest element under the window;  "
        "H' = floor((H + 2 padH - kH) / dH) + 1, ceil instead of floor with ceil_mode",
    .options = options,
    .buffers = buffers,
    .check = aei_pooling_check,
    .forward = forward,
    .backward = backward,
    .describe = aei_pooling_describe,
};
