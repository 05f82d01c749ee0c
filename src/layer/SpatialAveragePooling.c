/* SpatialAveragePooling.c - the mean under a window. */
#include "layer/spatial.h"

#include <string.h>

enum { COUNT_PADDING = AEI_POOLING_OPTIONS, DIVIDE };
enum { INPUT_COPY, OUTPUT_COPY, RESULT_COPY };

static const ae_option options[] = {
    {"kW", AE_INT, AE_REQUIRED, 1, INT32_MAX, "width of the window"},
    {"kH", AE_INT, AE_REQUIRED, 1, INT32_MAX, "height of the window"},
    {"dW", AE_INT, 1, 1, INT32_MAX, "step of the window across"},
    {"dH", AE_INT, 1, 1, INT32_MAX, "step of the window downwards"},
    {"padW", AE_INT, 0, 0, INT32_MAX, "zeros added at the left and at the right"},
    {"padH", AE_INT, 0, 0, INT32_MAX, "zeros added above and below"},
    {"ceil_mode", AE_BOOL, false, 0, 1, "windows that begin inside and end outside count too"},
    {"count_include_pad", AE_BOOL, true, 0, 1, "the zeros added count in the mean"},
    {"divide", AE_BOOL, true, 0, 1, "false: the sum instead of the mean"},
    {0},
};

static const ae_buffer buffers[] = {
    /* of what is not contiguous */
    {"inputCopy", NULL},
    {"gradOutputCopy", NULL},
    {"resultCopy", NULL},
    {0},
};

typedef struct job {
  aei_pooling p;
  ae_type type;
  bool count_padding, divide;
  const void *from;
  void *to;
} job;

/* One dimension of a window: begin..end inside the image, n as it counts. */
typedef struct side {
  int64_t begin, end, n;
} side;

static side side_of(const job *j, int64_t place, int64_t size, int64_t k, int64_t d, int64_t pad) {
  side s = {.begin = place * d - pad};
  s.end = s.begin + k < size + pad ? s.begin + k : size + pad;
  s.n = s.end - s.begin;
  if (s.begin < 0) s.begin = 0;
  if (s.end > size) s.end = size;
  if (!j->count_padding) s.n = s.end - s.begin;
  return s;
}

static side rows_of(const job *j, int64_t place) {
  return side_of(j, place, j->p.in.height, j->p.kh, j->p.dh, j->p.padh);
}
static side columns_of(const job *j, int64_t place) {
  return side_of(j, place, j->p.in.width, j->p.kw, j->p.dw, j->p.padw);
}
static double divisor(const job *j, side rows, side columns) {
  return j->divide ? (double)rows.n * (double)columns.n : 1;
}

#define DEFINE_LOOPS(T)                                                                      \
  static double sum_##T(const T *x, int64_t width, side rows, side columns) {                \
    double sum = 0;                                                                          \
    for (int64_t h = rows.begin; h < rows.end; h++)                                          \
      for (int64_t w = columns.begin; w < columns.end; w++) sum += (double)x[h * width + w]; \
    return sum;                                                                              \
  }                                                                                          \
  static void spread_##T(T *gx, int64_t width, side rows, side columns, T slope) {           \
    for (int64_t h = rows.begin; h < rows.end; h++)                                          \
      for (int64_t w = columns.begin; w < columns.end; w++) gx[h * width + w] += slope;      \
  }                                                                                          \
  static void pool_##T(const job *j, T *y, const T *x) {                                     \
    for (int64_t r = 0; r < j->p.out.height; r++)                                            \
      for (int64_t c = 0; c < j->p.out.width; c++) {                                         \
        const side rows = rows_of(j, r), columns = columns_of(j, c);                         \
        const double sum = sum_##T(x, j->p.in.width, rows, columns);                         \
        y[r * j->p.out.width + c] = (T)(sum / divisor(j, rows, columns));                    \
      }                                                                                      \
  }                                                                                          \
  static void give_back_##T(const job *j, T *gx, const T *gy) {                              \
    memset(gx, 0, (size_t)(j->p.in.height * j->p.in.width) * sizeof *gx);                    \
    for (int64_t r = 0; r < j->p.out.height; r++)                                            \
      for (int64_t c = 0; c < j->p.out.width; c++) {                                         \
        const side rows = rows_of(j, r), columns = columns_of(j, c);                         \
        const double slope = (double)gy[r * j->p.out.width + c] / divisor(j, rows, columns); \
        spread_##T(gx, j->p.in.width, rows, columns, (T)slope);                              \
      }                                                                                      \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

/* Planes begin..end of all images. */
static void pool(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t in = j->p.in.height * j->p.in.width, out = j->p.out.height * j->p.out.width;
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      pool_float(j, (float *)j->to + i * out, (const float *)j->from + i * in);
    else
      pool_double(j, (double *)j->to + i * out, (const double *)j->from + i * in);
  }
}

static void give_back(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t in = j->p.in.height * j->p.in.width, out = j->p.out.height * j->p.out.width;
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      give_back_float(j, (float *)j->to + i * in, (const float *)j->from + i * out);
    else
      give_back_double(j, (double *)j->to + i * in, (const double *)j->from + i * out);
  }
}

static ae_status job_of(job *j, const ae_module *m, const ae_tensor *x) {
  *j = (job){.type = m->type,
             .count_padding = m->option[COUNT_PADDING].number != 0,
             .divide = m->option[DIVIDE].number != 0};
  return aei_pooling_of(&j->p, m, x);
}

static void run(job *j, aei_body *body) {
  aei_parallel(j->p.in.batch * j->p.in.planes, aei_plane_grain(j->p.in), body, j);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, j.p.out));
  AEI_TRY(aei_read(&j.from, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->output, m->buffer[RESULT_COPY]));
  run(&j, pool);
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_again(m, x, j.p.out));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_read(&j.from, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->grad_input, m->buffer[RESULT_COPY]));
  run(&j, give_back);
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

const ae_layer ae_layer_SpatialAveragePooling = {
    .name = "SpatialAveragePooling",
    .doc =
        "(B,C,H,W) -> (B,C,H',W'), or without B  y = mean under the window;  "
        "H' = floor((H + 2 padH - kH) / dH) + 1, ceil instead of floor with ceil_mode",
    .options = options,
    .buffers = buffers,
    .check = aei_pooling_check,
    .forward = forward,
    .backward = backward,
    .describe = aei_pooling_describe,
};
