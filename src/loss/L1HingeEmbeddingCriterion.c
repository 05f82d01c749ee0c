/* L1HingeEmbeddingCriterion.c - the L1 distance of two tensors: small where they are alike (label
 * 1), at least the margin where they are not (label -1). */
#include "layer/layer.h"

enum { MARGIN };

static const ae_option options[] = {
    {"margin", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "of tensors that are not alike"},
    {0},
};

static double differences(ae_type type, int64_t n, const void *x, const void *target,
                          const void *weight) {
  (void)weight;
  _Alignas(AEI_ALIGN) double difference[AEI_BLOCK];
  const aei_type_kernels *k = aei_kernels_of(type);
  k->map2[AE_ADD](n, difference, x, target, -1);
  return ae_to_double(k->sum_abs(n, difference, 0));
}

/* The distance, and the label, 1 or -1. */
static ae_status measure(double *distance, double *label, ae_criterion *c, const ae_tensor *x,
                         const ae_tensor *target) {
  AEI_TRY(aei_check_loss_pair(c, x));
  AEI_TRY(aei_check_pair_labels(c, target, 1));
  *label = aei_pair_label(target, 0);
  return aei_loss_sum(distance, c, x->part[0], x->part[1], NULL, differences);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  double distance, label;
  AEI_TRY(measure(&distance, &label, c, x, target));
  const double gap = c->option[MARGIN].number - distance;
  *loss = label > 0 ? distance : gap <= 0 ? 0 : gap;
  return AE_OK;
}

/* 0 where both are the same, and for others than alike beyond the margin. */
static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  double distance, label;
  AEI_TRY(measure(&distance, &label, c, x, target));
  AEI_TRY(aei_resize_parts(c->grad_input, x));
  ae_tensor *g1 = c->grad_input->part[0], *g2 = c->grad_input->part[1];
  const double scale = label > 0 ? 1 : distance < c->option[MARGIN].number ? -1 : 0;
  AEI_TRY(ae_map2(AE_ADD, g1, x->part[0], x->part[1], -1));
  AEI_TRY(ae_map1(AE_SIGN, g1, g1, 0, 0));
  AEI_TRY(ae_map1(AE_MUL_SCALAR, g1, g1, scale, 0));
  return ae_map1(AE_NEG, g2, g1, 0, 0);
}

const ae_loss ae_loss_L1HingeEmbeddingCriterion = {
    .name = "L1HingeEmbeddingCriterion",
    .doc =
        "{(any), (same)}, target 1 or -1  loss = d if it is 1, max(0, margin - d) if -1, where "
        "d = sum |x_1 - x_2|",
    .options = options,
    .forward = forward,
    .backward = backward,
    .inputs = 2,
};
