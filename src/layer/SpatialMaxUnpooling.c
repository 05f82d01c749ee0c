/* SpatialMaxUnpooling.c - undoes a SpatialMaxPooling: elements return to the places where the
 * pooling found its own in its last forward, zeros are between (Zeiler, Fergus: Visualizing and
 * understanding convolutional networks, ECCV 2014). The pooling is held as a child, so that copies
 * and saved models keep the two together; it is not run from here. */
#include "layer/spatial.h"

#include <string.h>

enum { INPUT_COPY, OUTPUT_COPY, RESULT_COPY };

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
  const void *from, *places;
  void *to;
} job;

/* Places that someone changed are passed over when they are outside. */
#define DEFINE_LOOPS(T)                                                                 \
  static void scatter_##T(int64_t n, T *y, int64_t size, const T *place, const T *x) {  \
    for (int64_t i = 0; i < n; i++)                                                     \
      if (place[i] >= 0 && place[i] < (T)size) y[(int64_t)place[i]] = x[i];             \
  }                                                                                     \
  static void gather_##T(int64_t n, T *gx, int64_t size, const T *place, const T *gy) { \
    for (int64_t i = 0; i < n; i++)                                                     \
      gx[i] = place[i] >= 0 && place[i] < (T)size ? gy[(int64_t)place[i]] : 0;          \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

/* Planes begin..end of all images. */
static void scatter(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t in = j->in.height * j->in.width, out = j->out.height * j->out.width;
  const int64_t size = (int64_t)ae_type_size(j->type);
  memset((char *)j->to + begin * out * size, 0, (size_t)((end - begin) * out * size));
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      scatter_float(in, (float *)j->to + i * out, out, (const float *)j->places + i * in,
                    (const float *)j->from + i * in);
    else
      scatter_double(in, (double *)j->to + i * out, out, (const double *)j->places + i * in,
                     (const double *)j->from + i * in);
  }
}

static void gather(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t in = j->in.height * j->in.width, out = j->out.height * j->out.width;
  for (int64_t i = begin; i < end; i++) {
    if (j->type == AE_FLOAT)
      gather_float(in, (float *)j->to + i * in, out, (const float *)j->places + i * in,
                   (const float *)j->from + i * out);
    else
      gather_double(in, (double *)j->to + i * in, out, (const double *)j->places + i * in,
                    (const double *)j->from + i * out);
  }
}

/* The pooling: the one child. Its windows must not overlap, or places would come twice. */
static ae_status pooling_of(const ae_module **out, const ae_module *m) {
  const ae_module *pool = m->nchildren == 1 ? m->child[0].module : NULL;
  if (!pool || pool->layer != &ae_layer_SpatialMaxPooling)
    return aei_fail(AE_EARG, "%s: should hold one nn.SpatialMaxPooling and nothing else",
                    AEI_NAME(m));
  if (pool->option[AEI_DW].number < pool->option[AEI_KW].number ||
      pool->option[AEI_DH].number < pool->option[AEI_KH].number)
    return aei_fail(AE_EARG, "%s: the windows of %s overlap", AEI_NAME(m), AEI_NAME(pool));
  *out = pool;
  return AE_OK;
}

static ae_status job_of(job *j, const ae_module *m, const ae_tensor *x) {
  const ae_module *pool = NULL;
  const ae_tensor *places = NULL;
  *j = (job){.type = m->type};
  AEI_TRY(aei_images_of(&j->in, m, x, 0));
  AEI_TRY(pooling_of(&pool, m));
  j->out = j->in;
  AEI_TRY(aei_max_places(&places, &j->out.height, &j->out.width, pool));
  if (places->type != m->type || !ae_same_size(places, x) || !ae_is_contiguous(places))
    return aei_fail(AE_ESHAPE, "%s: input is %s, the output of %s was %s", AEI_NAME(m),
                    AEI_SHAPE(x), AEI_NAME(pool), AEI_SHAPE(places));
  j->places = ae_data(places);
  return AE_OK;
}

static void run(job *j, aei_body *body) {
  aei_parallel(j->in.batch * j->in.planes, aei_plane_grain(j->out), body, j);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  job j;
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, j.out));
  AEI_TRY(aei_read(&j.from, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->output, m->buffer[RESULT_COPY]));
  run(&j, scatter);
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  job j;
  if (!m->grad_input) return AE_OK; /* containers are run all the same */
  AEI_TRY(job_of(&j, m, x));
  AEI_TRY(aei_images_again(m, x, j.out));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_read(&j.from, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_write_begin(&j.to, m->grad_input, m->buffer[RESULT_COPY]));
  run(&j, gather);
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

const ae_layer ae_layer_SpatialMaxUnpooling = {
    .name = "SpatialMaxUnpooling",
    .doc =
        "(B,C,H',W') -> (B,C,H,W), or without B  y = x at the places where the "
        "SpatialMaxPooling it was made with, (B,C,H,W) -> (B,C,H',W'), found its output; else 0",
    .buffers = buffers,
    .container = true,
    .forward = forward,
    .backward = backward,
};
