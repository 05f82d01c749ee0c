/* batchnorm.c - batch normalization of (B,C) and of planes (B,C,...): each feature or plane is a
 * group (Ioffe, Szegedy: Batch normalization: accelerating deep network training by reducing
 * internal covariate shift, ICML 2015). In training the groups' own mean and variance are used, and
 * running estimates of them kept, the variance's without bias; in evaluation those. */
#include "layer/layer.h"

enum { N_OUTPUT, EPS, MOMENTUM, AFFINE };
enum { WEIGHT, BIAS };
enum { RUNNING_MEAN, RUNNING_VAR, NORMAL, SAVE_MEAN, SAVE_STD };

const ae_option aei_batchnorm_options[] = {
    {"nOutput", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features, or planes, of the input"},
    {"eps", AE_NUMBER, 1e-5, 0, AE_FINITE, "added to the variance"},
    {"momentum", AE_NUMBER, 0.1, 0, 1, "weight of the newest statistics in the running ones"},
    {"affine", AE_BOOL, true, 0, 1, "with weight and bias"},
    {0},
};

static int shape(const ae_module *m, int64_t *size) {
  size[0] = (int64_t)m->option[N_OUTPUT].number;
  return 1;
}

static int affine_shape(const ae_module *m, int64_t *size) {
  return m->option[AFFINE].number != 0 ? shape(m, size) : 0;
}

const ae_parameter aei_batchnorm_parameters[] = {
    {"weight", "gradWeight", affine_shape},
    {"bias", "gradBias", affine_shape},
    {0},
};

const ae_buffer aei_batchnorm_buffers[] = {
    {"running_mean", shape},
    {"running_var", shape},
    {"normalized", NULL}, /* of the last forward, before weight and bias */
    {"save_mean", NULL},
    {"save_std", NULL}, /* the latter inverse, as in Torch */
    {0},
};

/* Torch's: weights uniform in 0..1. */
void aei_batchnorm_reset(ae_module *m, double stdv, ae_generator *g) {
  (void)stdv;
  if (m->param[WEIGHT]) ae_uniform(m->param[WEIGHT], g, 0, 1);
  if (m->param[BIAS]) ae_fill(m->param[BIAS], ae_from_int(0));
  ae_fill(m->buffer[RUNNING_MEAN], ae_from_int(0));
  ae_fill(m->buffer[RUNNING_VAR], ae_from_int(1));
}

/* The dimension of the planes: the second, in a single sample the first. */
static int planes_in(const ae_tensor *x, int ndim) { return x->ndim == ndim ? 1 : 0; }

static aei_standard standard_of(const ae_module *m, int dim) {
  return (aei_standard){m->buffer[NORMAL], m->buffer[SAVE_MEAN], m->buffer[SAVE_STD], dim};
}

/* running = (1 - momentum) running + momentum scale newest */
static ae_status follow(const ae_module *m, ae_tensor *running, const ae_tensor *newest,
                        double scale) {
  double momentum = m->option[MOMENTUM].number;
  AEI_TRY(ae_map1(AE_MUL_SCALAR, running, running, 1 - momentum, 0));
  return ae_map2(AE_ADD, running, running, newest, momentum * scale);
}

static ae_status check(const ae_module *m, const ae_tensor *x, int ndim) {
  int64_t planes = (int64_t)m->option[N_OUTPUT].number;
  AEI_TRY(aei_check_input(m, x));
  const bool single = x->ndim == ndim - 1 && !m->training;
  if ((x->ndim != ndim && !single) || x->size[planes_in(x, ndim)] != planes)
    return aei_fail(AE_ESHAPE,
                    "%s: input is %s, want %d dimensions, the second of size %lld; in evaluation "
                    "a single sample may come without the first",
                    AEI_NAME(m), AEI_SHAPE(x), ndim, (long long)planes);
  if (!m->training || ae_nelement(x) > planes) return AE_OK;
  return aei_fail(AE_ESHAPE,
                  "%s: input is %s: training needs more than one value for each of the %lld means",
                  AEI_NAME(m), AEI_SHAPE(x), (long long)planes);
}

/* One whose user set another size since would be read past its end. */
static ae_status check_running(const ae_module *m) {
  int64_t planes = (int64_t)m->option[N_OUTPUT].number;
  for (int i = RUNNING_MEAN; i <= RUNNING_VAR; i++)
    if (ae_nelement(m->buffer[i]) != planes)
      return aei_fail(AE_ESHAPE, "%s: %s is %s, should be %lld", AEI_NAME(m),
                      aei_batchnorm_buffers[i].name, AEI_SHAPE(m->buffer[i]), (long long)planes);
  return AE_OK;
}

ae_status aei_batchnorm_forward(ae_module *m, ae_tensor *x, int ndim) {
  const int dim = planes_in(x, ndim);
  aei_standard s = standard_of(m, dim);
  ae_tensor *mean = m->buffer[RUNNING_MEAN], *var = m->buffer[RUNNING_VAR];
  AEI_TRY(check(m, x, ndim));
  AEI_TRY(check_running(m));
  AEI_TRY(ae_resize_as(s.mean, mean));
  AEI_TRY(ae_resize_as(s.deviation, mean));
  AEI_TRY(ae_resize_as(m->output, x)); /* before the running ones change */
  if (m->training) {
    double n = (double)ae_nelement(x) / (double)ae_nelement(mean);
    AEI_TRY(aei_standard_center(&s, m, x));
    AEI_TRY(follow(m, mean, s.mean, 1));
    AEI_TRY(follow(m, var, s.deviation, n / (n - 1)));
  } else {
    AEI_TRY(aei_spread_map2(AE_ADD, s.normal, m, x, mean, dim, -1));
    AEI_TRY(ae_copy(s.deviation, var));
  }
  AEI_TRY(aei_standard_scale(&s, m, m->option[EPS].number));
  return aei_affine_forward(m, s.normal, dim);
}

ae_status aei_batchnorm_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, int ndim) {
  const int dim = planes_in(x, ndim);
  aei_standard s = standard_of(m, dim);
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(aei_affine_backward(m, gy, dim));
  if (m->training) return aei_standard_backward(&s, m, m->grad_input);
  return aei_spread_map2(AE_MUL, m->grad_input, m, m->grad_input, s.deviation, dim, 0);
}

ae_status aei_batchnorm_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale,
                                   int ndim) {
  AEI_TRY(aei_check_again(m, x));
  return aei_affine_accumulate(m, m->buffer[NORMAL], gy, planes_in(x, ndim), scale);
}
