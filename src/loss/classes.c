/* classes.c - class labels as targets, for the losses over classes. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

/* Label of sample i as it stands in the target; false when it is no whole number. read [out,
 * optional]: what it is then. */
static bool read_label(const ae_tensor *target, int64_t i, int64_t *label, ae_number *read) {
  int64_t at = target->offset + i * target->stride[0];
  const void *data = target->storage->data;
  ae_number value;
  switch (target->type) {
#define LABEL_CASE(id, ctype, name, real)                            \
  case id:                                                           \
    value = real ? ae_from_double((double)((const ctype *)data)[at]) \
                 : ae_from_int((int64_t)((const ctype *)data)[at]);  \
    break;
    AE_TYPES(LABEL_CASE)
#undef LABEL_CASE
  }
  *label = ae_to_int(value);
  if (read) *read = value;
  return value.integral || (double)*label == value.as.d;
}

static ae_status check_label(const aei_classes *k, const char *name, int64_t i) {
  char place[32] = "";
  int64_t label, last = k->base + k->classes - 1;
  ae_number read;
  bool whole = read_label(k->target, i, &label, &read);
  if (whole && label >= k->base && label <= last) return AE_OK;
  if (k->batch > 1) snprintf(place, sizeof place, "[%lld]", (long long)i + 1);
  if (!whole)
    return aei_fail(AE_EARG, "nn.%s: target%s is %.9g, which is no whole number", name, place,
                    isnan(read.as.d) ? (double)NAN : read.as.d);
  return aei_fail(AE_EARG, "nn.%s: target%s is %lld, the labels of %lld classes are %lld..%lld%s",
                  name, place, (long long)label, (long long)k->classes, (long long)k->base,
                  (long long)last,
                  label == 0 && k->base == 1 ? " (labels start at 1: add 1 to yours)" : "");
}

static ae_status check_shapes(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                              const ae_tensor *weights, int64_t batch, int64_t classes) {
  if (ae_nelement(target) != batch || target->size[0] != batch)
    return aei_fail(AE_ESHAPE, "nn.%s: input is %s, want %lld label%s (target is %s)",
                    c->loss->name, AEI_SHAPE(x), (long long)batch, batch == 1 ? "" : "s",
                    AEI_SHAPE(target));
  if (weights && (weights->ndim != 1 || weights->size[0] != classes))
    return aei_fail(AE_ESHAPE, "nn.%s: weights are %s, the input (%s) has %lld classes",
                    c->loss->name, AEI_SHAPE(weights), AEI_SHAPE(x), (long long)classes);
  return AE_OK;
}

ae_status aei_classes_of(aei_classes *out, const ae_criterion *c, const ae_tensor *x,
                         const ae_tensor *target, const ae_tensor *weights) {
  if (x->ndim > 2)
    return aei_fail(AE_ESHAPE, "nn.%s: input is %s, want (classes) or (batch, classes)",
                    c->loss->name, AEI_SHAPE(x));
  aei_classes k = {.batch = x->ndim == 2 ? x->size[0] : 1,
                   .classes = x->size[x->ndim - 1],
                   .target = target,
                   .weights = weights,
                   .base = c->label_base};
  AEI_TRY(check_shapes(c, x, target, weights, k.batch, k.classes));
  for (int64_t i = 0; i < k.batch; i++) AEI_TRY(check_label(&k, c->loss->name, i));
  *out = k;
  return AE_OK;
}

int64_t aei_class_of(const aei_classes *k, int64_t i) {
  int64_t label = k->base;
  read_label(k->target, i, &label, NULL);
  return label - k->base;
}

double aei_class_weight(const aei_classes *k, int64_t class) {
  double weight = 1;
  if (k->weights)
    aei_line_load(&weight, &(aei_line){k->weights, k->weights->offset, k->weights->stride[0]},
                  class, 1);
  return weight;
}

double aei_class_divisor(const aei_classes *k, bool mean) {
  double total = 0;
  if (!mean) return 1;
  for (int64_t i = 0; i < k->batch; i++) total += aei_class_weight(k, aei_class_of(k, i));
  return total != 0 ? total : 1;
}

aei_line aei_class_row(const ae_tensor *x, int64_t i) {
  int64_t row = x->ndim == 2 ? x->stride[0] : 0;
  return (aei_line){x, x->offset + i * row, x->stride[x->ndim - 1]};
}
