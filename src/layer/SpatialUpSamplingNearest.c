/* SpatialUpSamplingNearest.c - each element becomes a square of scale x scale. */
#include "layer/spatial.h"

#include <stdio.h>
#include <string.h>

enum { SCALE };
enum { INPUT_COPY, OUTPUT_COPY, RESULT_COPY };

static const ae_option options[] = {
    {"scale_factor", AE_INT, AE_REQUIRED, 1, INT32_MAX, "how often each row and column comes"},
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
  aei_images in, out;
  ae_type type;
  int64_t scale;
  const void *from;
  void *to;
} job;

#define DEFINE_LOOPS(T)                                                                 \
  static void repeat_##T(int64_t n, int64_t scale, T *y, const T *x) {                  \
    for (int64_t i = 0; i < n; i++)                                                     \
      for (int64_t k = 0; k < scale; k++) y[i * scale + k] = x[i];                      \
  }                                                                                     \
  static void sum_##T(int64_t n, int64_t scale, T *gx, const T *gy) {                   \
    for (int64_t i = 0; i < n; i++) {                                                   \
      double sum = 0;                                                                   \
      for (int64_t r = 0; r < scale; r++)                                               \
        for (int64_t c = 0; c < scale; c++) sum += (double)gy[(r * n + i) * scale + c]; \
      gx[i] = (T)sum;                                                                   \
    }                                                                                   \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

/* Rows begin..end of the input's planes, one after another: each becomes `scale` rows. */
static void enlarge(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t size = (int64_t)ae_type_size(j->type), row = j->out.width * size;
  for (int64_t i = begin; i < end; i++) {
    const char *x = (const char *)j->from + i * j->in.width * size;
    char *y = (char *)j->to + i * j->scale * row;
    if (j->type == AE_FLOAT)
      repeat_float(j->in.width, j->scale, (void *)y, (const void *)x);
    else
      repeat_double(j->in.width, j->scale, (void *)y, (const void *)x);
    for (int64_t k = 1; k < j->scale; k++) memcpy(y + k * row, y, (size_t)row);
  }
}

static void shrink(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t n = j->in.width, from = j->out.width * j->scale;
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      sum_float(n, j->scale, (float *)j->to + i * n, (const float *)j->from + i * from);
    else
      sum_double(n, j->scale, (double *)j->to + i * n, (const double *)j->from + i * from);
  }
}

static ae_status job_of(job *j, const ae_module *m, const ae_tensor *x) {
  *j = (job){.type = m->type, .scale = (int64_t)m->option[SCALE].number};
  AEI_TRY(aei_images_of(&j->in, m, x, 0));
  j->out = j->in;
  if (aei_mul(&j->out.height, j->in.height, j->scale) &&
      aei_mul(&j->out.width, j->in.width, j->scale))
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: the output would be too large (input %s)", AEI_NAME(m),
                  AEI_SHAPE(x));
}

static void run(job *j, aei_body *body) {
  aei_parallel(j->in.batch * j->in.planes * j->in.height, AEI_GRAIN / (j->out.width * j->scale) + 1,
               body, j);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, j.out));
  AEI_TRY(aei_read(&j.from, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->output, m->buffer[RESULT_COPY]));
  run(&j, enlarge);
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_again(m, x, j.out));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_read(&j.from, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->grad_input, m->buffer[RESULT_COPY]));
  run(&j, shrink);
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%lld)", (long long)m->option[SCALE].number);
}

const ae_layer ae_layer_SpatialUpSamplingNearest = {
    .name = "SpatialUpSamplingNearest",
    .doc = "(B,C,H,W) -> (B,C,s H,s W), or without B  y[r][c] = x[floor(r / s)][floor(c / s)]",
    .options = options,
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
