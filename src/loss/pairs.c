/* pairs.c - losses of two tensors, whose labels are 1 where they should be alike and -1 where they
 * should not. */
#include "layer/layer.h"

ae_status aei_check_loss_pair(const ae_criterion *c, const ae_tensor *x) {
  if (ae_same_size(x->part[0], x->part[1])) return AE_OK;
  return aei_fail(AE_ESHAPE, "nn.%s: input[2] is %s, input[1] is %s", c->loss->name,
                  AEI_SHAPE(x->part[1]), AEI_SHAPE(x->part[0]));
}

double aei_pair_label(const ae_tensor *target, int64_t i) {
  const aei_line line = aei_vector(target);
  double label;
  aei_line_load(&label, &line, i, 1);
  return label;
}

ae_status aei_check_pair_labels(const ae_criterion *c, const ae_tensor *target, int64_t n) {
  if (target->nparts > 0 || target->ndim != 1 || target->size[0] != n)
    return aei_fail(AE_ESHAPE, "nn.%s: target is %s, want %lld label%s", c->loss->name,
                    AEI_SHAPE(target), (long long)n, n == 1 ? "" : "s");
  if (target->type != c->type)
    return aei_fail(AE_ETYPE, "nn.%s: target is a %sTensor, the criterion is of type %s",
                    c->loss->name, ae_type_name(target->type), ae_type_name(c->type));
  for (int64_t i = 0; i < n; i++) {
    const double label = aei_pair_label(target, i);
    if (label != 1 && label != -1)
      return aei_fail(AE_EARG, "nn.%s: label %lld is %g, want 1 or -1", c->loss->name,
                      (long long)i + 1, label);
  }
  return AE_OK;
}
