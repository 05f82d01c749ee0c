/* standardize.c - what BatchNormalization and LayerNormalization share: groups of elements get mean
 * 0 and variance 1, then a trained factor and summand. */
#include "layer/layer.h"

enum { WEIGHT, BIAS };

/* statistic = mean of a * b in each group */
static ae_status average(ae_tensor *statistic, const ae_module *m, const ae_tensor *a,
                         const ae_tensor *b, int dim) {
  double n = (double)ae_nelement(a) / (double)ae_nelement(statistic);
  AEI_TRY(ae_fill(statistic, ae_from_int(0)));
  return aei_spread_sum(statistic, m, a, b, dim, 1 / n);
}

ae_status aei_standard_center(const aei_standard *s, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(average(s->mean, m, x, NULL, s->dim));
  AEI_TRY(aei_spread_map2(AE_ADD, s->normal, m, x, s->mean, s->dim, -1));
  return average(s->deviation, m, s->normal, s->normal, s->dim);
}

ae_status aei_standard_scale(const aei_standard *s, const ae_module *m, double eps) {
  AEI_TRY(ae_map1(AE_ADD_SCALAR, s->deviation, s->deviation, eps, 0));
  AEI_TRY(ae_map1(AE_RSQRT, s->deviation, s->deviation, 0, 0));
  return aei_spread_map2(AE_MUL, s->normal, m, s->normal, s->deviation, s->dim, 0);
}

/* g = (g - mean(g) - normal * mean(g * normal)) / sqrt(variance + eps) */
ae_status aei_standard_backward(const aei_standard *s, const ae_module *m, ae_tensor *g) {
  AEI_TRY(average(s->mean, m, g, NULL, s->dim));
  AEI_TRY(aei_spread_map2(AE_ADD, g, m, g, s->mean, s->dim, -1));
  AEI_TRY(average(s->mean, m, g, s->normal, s->dim));
  AEI_TRY(aei_spread_addcmul(g, m, -1, s->normal, s->mean, s->dim));
  return aei_spread_map2(AE_MUL, g, m, g, s->deviation, s->dim, 0);
}

ae_status aei_affine_forward(ae_module *m, const ae_tensor *normal, int dim) {
  ae_tensor *y = m->output;
  if (!m->param[WEIGHT]) return ae_convert(y, normal);
  AEI_TRY(aei_spread_map2(AE_MUL, y, m, normal, m->param[WEIGHT], dim, 0));
  return aei_spread_map2(AE_ADD, y, m, y, m->param[BIAS], dim, 1);
}

ae_status aei_affine_backward(ae_module *m, const ae_tensor *gy, int dim) {
  if (!m->param[WEIGHT]) return ae_convert(m->grad_input, gy);
  return aei_spread_map2(AE_MUL, m->grad_input, m, gy, m->param[WEIGHT], dim, 0);
}

ae_status aei_affine_accumulate(ae_module *m, const ae_tensor *normal, const ae_tensor *gy, int dim,
                                double scale) {
  if (!m->param[WEIGHT]) return AE_OK;
  AEI_TRY(aei_spread_sum(m->grad[WEIGHT], m, gy, normal, dim, scale));
  return aei_spread_sum(m->grad[BIAS], m, gy, NULL, dim, scale);
}
