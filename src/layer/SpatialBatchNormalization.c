/* SpatialBatchNormalization.c - each plane is brought to mean 0 and variance 1 over the batch and
 * its area (Ioffe, Szegedy: Batch normalization: accelerating deep network training by reducing
 * internal covariate shift, ICML 2015). With n = B H W elements to a plane:
 *
 *   training    mean = sum x / n,  var = sum (x - mean)^2 / n
 *               running_mean += momentum * (mean - running_mean)
 *               running_var  += momentum * (var * n / (n - 1) - running_var)
 *   evaluation  mean and var are the running ones
 *
 *   y  = weight (x - mean) s + bias,   s = 1 / sqrt(var + eps)
 *   gx = weight s (gy - sum gy / n - (x - mean) s^2 * sum gy (x - mean) / n)      in training
 *   gx = weight s gy                                                            in evaluation
 */
#include "layer/spatial.h"

#include <math.h>
#include <stdio.h>

enum { PLANES, EPS, MOMENTUM, AFFINE };
enum { WEIGHT, BIAS };
enum { RUNNING_MEAN, RUNNING_VAR, SAVED, INPUT_COPY, OUTPUT_COPY, RESULT_COPY };

static const ae_option options[] = {
    {"nOutput", AE_INT, AE_REQUIRED, 1, INT32_MAX, "planes"},
    {"eps", AE_NUMBER, 1e-5, 0, AE_FINITE, "added to the variance"},
    {"momentum", AE_NUMBER, 0.1, 0, 1, "weight of a batch in the running mean and variance"},
    {"affine", AE_BOOL, true, 0, 1, "trained weight and bias"},
    {0},
};

static int64_t planes_of(const ae_module *m) { return (int64_t)m->option[PLANES].number; }

static int plane_shape(const ae_module *m, int64_t *size) {
  size[0] = planes_of(m);
  return 1;
}

static int affine_shape(const ae_module *m, int64_t *size) {
  return m->option[AFFINE].number != 0 ? plane_shape(m, size) : 0;
}

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", affine_shape},
    {"bias", "gradBias", affine_shape},
    {0},
};

static const ae_buffer buffers[] = {
    {"running_mean", plane_shape},
    {"running_var", plane_shape},
    {"saved", NULL}, /* (2C): means, then s, of the last forward in training */
    /* of what is not contiguous */
    {"inputCopy", NULL},
    {"gradOutputCopy", NULL},
    {"resultCopy", NULL},
    {0},
};

/* Torch's. */
static void reset(ae_module *m, double stdv, ae_generator *g) {
  (void)stdv;
  if (m->param[WEIGHT]) ae_uniform(m->param[WEIGHT], g, 0, 1);
  if (m->param[BIAS]) ae_fill(m->param[BIAS], ae_from_int(0));
  ae_fill(m->buffer[RUNNING_MEAN], ae_from_int(0));
  ae_fill(m->buffer[RUNNING_VAR], ae_from_int(1));
}

/* ---- numbers of a plane ---- */

static double number_at(const ae_tensor *t, int64_t i) {
  const int64_t at = t->offset + i * t->stride[0];
  return t->type == AE_FLOAT ? (double)((const float *)t->storage->data)[at]
                             : ((const double *)t->storage->data)[at];
}

static void set_number(ae_tensor *t, int64_t i, double value) {
  const int64_t at = t->offset + i * t->stride[0];
  if (t->type == AE_FLOAT)
    ((float *)t->storage->data)[at] = (float)value;
  else
    ((double *)t->storage->data)[at] = value;
}

static void add_number(ae_tensor *t, int64_t i, double value) {
  set_number(t, i, number_at(t, i) + value);
}

/* ---- the passes, over runs of a plane's elements ---- */

typedef struct job {
  ae_module *m;
  aei_images in;
  const void *x, *gy;
  void *to;
  double scale; /* of the parameters' gradients */
} job;

typedef struct affine {
  double center, slope, shift; /* y = (x - center) * slope + shift */
} affine;

enum { RUN = 512 };

static int64_t area(const job *j) { return j->in.height * j->in.width; }
static int64_t count(const job *j) { return j->in.batch * area(j); }

static const void *plane_of(const job *j, const void *base, int64_t sample, int64_t plane) {
  const size_t size = ae_type_size(j->m->type);
  return (const char *)base + (sample * j->in.planes + plane) * area(j) * (int64_t)size;
}

/* sum of x, or of (x - center)^2, over a plane of all samples */
static double plane_sum(const job *j, aei_sum1 *sum, const void *x, int64_t plane, double center) {
  const int64_t size = (int64_t)ae_type_size(j->m->type);
  double total = 0;
  for (int64_t b = 0; b < j->in.batch; b++) {
    const char *from = plane_of(j, x, b, plane);
    for (int64_t i = 0; i < area(j); i += AEI_RUN) {
      const int64_t n = area(j) - i < AEI_RUN ? area(j) - i : AEI_RUN;
      total += ae_to_double(sum(n, from + i * size, center));
    }
  }
  return total;
}

/* sum of gy (x - center), in double */
static double plane_dot(const job *j, int64_t plane, double center) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  const ae_type type = j->m->type;
  const int64_t size = (int64_t)ae_type_size(type);
  double total = 0, a[RUN], b[RUN];
  for (int64_t s = 0; s < j->in.batch; s++) {
    const char *x = plane_of(j, j->x, s, plane), *gy = plane_of(j, j->gy, s, plane);
    for (int64_t i = 0; i < area(j); i += RUN) {
      const int64_t n = area(j) - i < RUN ? area(j) - i : RUN;
      aei_kernels_now()->convert[AE_DOUBLE][type](n, a, x + i * size);
      aei_kernels_now()->convert[AE_DOUBLE][type](n, b, gy + i * size);
      k->map1[AE_SUB_SCALAR](n, a, a, center, 0);
      total += ae_to_double(k->dot(n, a, b));
    }
  }
  return total;
}

/* y = (x - center) * slope + shift, and y = gy * factor + the same */
#define DEFINE_LOOPS(T)                                                                         \
  static void normalise_##T(int64_t n, T *y, const T *x, affine a) {                            \
    const T center = (T)a.center, slope = (T)a.slope, shift = (T)a.shift;                       \
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - center) * slope + shift;                     \
  }                                                                                             \
  static void combine_##T(int64_t n, T *gx, const T *gy, double factor, const T *x, affine a) { \
    const T by = (T)factor, center = (T)a.center, slope = (T)a.slope, shift = (T)a.shift;       \
    for (int64_t i = 0; i < n; i++) gx[i] = gy[i] * by + (x[i] - center) * slope + shift;       \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

static void normalise_plane(const job *j, int64_t plane, affine a) {
  for (int64_t b = 0; b < j->in.batch; b++) {
    void *y = (void *)(uintptr_t)plane_of(j, j->to, b, plane);
    const void *x = plane_of(j, j->x, b, plane);
    if (j->m->type == AE_FLOAT)
      normalise_float(area(j), y, x, a);
    else
      normalise_double(area(j), y, x, a);
  }
}

static void combine_plane(const job *j, int64_t plane, double factor, affine a) {
  for (int64_t b = 0; b < j->in.batch; b++) {
    void *gx = (void *)(uintptr_t)plane_of(j, j->to, b, plane);
    const void *gy = plane_of(j, j->gy, b, plane), *x = plane_of(j, j->x, b, plane);
    if (j->m->type == AE_FLOAT)
      combine_float(area(j), gx, gy, factor, x, a);
    else
      combine_double(area(j), gx, gy, factor, x, a);
  }
}

/* ---- bodies: planes begin..end ---- */

typedef struct statistics {
  double mean, s;
} statistics;

/* Of the last forward in training, or the running ones. */
static statistics statistics_of(const ae_module *m, int64_t plane) {
  if (m->training) {
    const ae_tensor *saved = m->buffer[SAVED];
    return (statistics){number_at(saved, plane), number_at(saved, planes_of(m) + plane)};
  }
  return (statistics){number_at(m->buffer[RUNNING_MEAN], plane),
                      1 / sqrt(number_at(m->buffer[RUNNING_VAR], plane) + m->option[EPS].number)};
}

static double weight_of(const ae_module *m, int64_t plane) {
  return m->param[WEIGHT] ? number_at(m->param[WEIGHT], plane) : 1;
}

static void move_running(ae_tensor *t, int64_t plane, double momentum, double value) {
  set_number(t, plane, (1 - momentum) * number_at(t, plane) + momentum * value);
}

static void measure(const job *j, int64_t plane) {
  const ae_module *m = j->m;
  const aei_type_kernels *k = aei_kernels_of(m->type);
  const double n = (double)count(j), momentum = m->option[MOMENTUM].number;
  const double mean = plane_sum(j, k->sum, j->x, plane, 0) / n;
  const double squares = plane_sum(j, k->sum_squares, j->x, plane, mean);
  set_number(m->buffer[SAVED], plane, mean);
  set_number(m->buffer[SAVED], planes_of(m) + plane, 1 / sqrt(squares / n + m->option[EPS].number));
  move_running(m->buffer[RUNNING_MEAN], plane, momentum, mean);
  move_running(m->buffer[RUNNING_VAR], plane, momentum, squares / (n - 1));
}

static void forward_planes(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t plane = begin; plane < end; plane++) {
    if (j->m->training) measure(j, plane);
    const statistics of = statistics_of(j->m, plane);
    const double shift = j->m->param[BIAS] ? number_at(j->m->param[BIAS], plane) : 0;
    normalise_plane(j, plane, (affine){of.mean, of.s * weight_of(j->m, plane), shift});
  }
}

static void backward_planes(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const double n = (double)count(j);
  for (int64_t plane = begin; plane < end; plane++) {
    const statistics of = statistics_of(j->m, plane);
    const double factor = of.s * weight_of(j->m, plane);
    affine a = {.center = of.mean};
    if (j->m->training) {
      a.slope = -factor * of.s * of.s * plane_dot(j, plane, of.mean) / n;
      a.shift = -factor * plane_sum(j, aei_kernels_of(j->m->type)->sum, j->gy, plane, 0) / n;
    }
    combine_plane(j, plane, factor, a);
  }
}

static void accumulate_planes(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  aei_sum1 *sum = aei_kernels_of(j->m->type)->sum;
  for (int64_t plane = begin; plane < end; plane++) {
    const statistics of = statistics_of(j->m, plane);
    add_number(j->m->grad[WEIGHT], plane, j->scale * of.s * plane_dot(j, plane, of.mean));
    add_number(j->m->grad[BIAS], plane, j->scale * plane_sum(j, sum, j->gy, plane, 0));
  }
}

/* ---- the layer ---- */

static ae_status job_of(job *j, ae_module *m, const ae_tensor *x) {
  *j = (job){.m = m};
  AEI_TRY(aei_images_of(&j->in, m, x, planes_of(m)));
  if (!m->training || count(j) > 1) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, training needs more than one element to a plane",
                  AEI_NAME(m), AEI_SHAPE(x));
}

static void run(job *j, aei_body *body) {
  aei_parallel(j->in.planes, AEI_GRAIN / count(j) + 1, body, j);
}

/* The running ones may have been replaced by tensors of other sizes. */
static ae_status check_buffers(const ae_module *m, bool after_forward) {
  const int64_t planes = planes_of(m);
  const ae_tensor *saved = m->buffer[SAVED];
  for (int i = RUNNING_MEAN; i <= RUNNING_VAR; i++)
    if (!aei_same_sizes(m->buffer[i]->ndim, m->buffer[i]->size, 1, &planes))
      return aei_fail(AE_ESHAPE, "%s: %s is %s, should be %lld", AEI_NAME(m), buffers[i].name,
                      AEI_SHAPE(m->buffer[i]), (long long)planes);
  if (!after_forward || !m->training) return AE_OK;
  if (saved->ndim == 1 && saved->size[0] >= 2 * planes) return AE_OK;
  return aei_fail(AE_EARG, "%s: backward in training, but forward was not", AEI_NAME(m));
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(check_buffers(m, false));
  AEI_TRY(ae_resize_as(m->output, x));
  if (m->training) AEI_TRY(aei_scratch(m->buffer[SAVED], 2 * j.in.planes));
  AEI_TRY(aei_read(&j.x, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->output, m->buffer[RESULT_COPY]));
  run(&j, forward_planes);
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

static ae_status ready_backward(job *j, ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(job_of(j, m, x));
  AEI_TRY(check_buffers(m, true));
  AEI_TRY(aei_images_again(m, x, j->in));
  AEI_TRY(aei_read(&j->x, x, m->buffer[INPUT_COPY]));
  return aei_read(&j->gy, gy, m->buffer[OUTPUT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  job j;
  AEI_TRY(ready_backward(&j, m, x, gy));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_write_begin(&j.to, m->grad_input, m->buffer[RESULT_COPY]));
  run(&j, backward_planes);
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  job j;
  if (!m->grad[WEIGHT] || !m->grad[BIAS]) return AE_OK;
  AEI_TRY(ready_backward(&j, m, x, gy));
  j.scale = scale;
  run(&j, accumulate_planes);
  return AE_OK;
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%lld)", (long long)m->option[PLANES].number);
}

const ae_layer ae_layer_SpatialBatchNormalization = {
    .name = "SpatialBatchNormalization",
    .doc =
        "(B,C,H,W) -> same, or without B  y = weight * (x - mean) / sqrt(var + eps) + bias; mean "
        "and var of each plane over batch and area in training, running ones in evaluation",
    .options = options,
    .parameters = parameters,
    .buffers = buffers,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
