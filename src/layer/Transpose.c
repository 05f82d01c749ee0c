/* Transpose.c - pairs of dimensions swapped, one pair after the other:
 *
 *   Transpose({1, 2}, {2, 3}):  (a,b,c) -> (b,a,c) -> (b,c,a) */
#include "layer/layer.h"

#define PAIR(name, fallback) \
  { name, AE_SIZES, fallback, 1, AE_MAXDIM, "two dimensions, counted from 1" }
static const ae_option options[] = {
    PAIR("swap1", AE_REQUIRED), PAIR("swap2", 0), PAIR("swap3", 0), PAIR("swap4", 0),
    PAIR("swap5", 0),           PAIR("swap6", 0), PAIR("swap7", 0), {0},
};

static ae_status check(const ae_module *m) {
  for (int i = 0; options[i].name; i++) {
    int count = m->option[i].count;
    if (count == 2 || (count == 0 && i > 0)) continue;
    return aei_fail(AE_EARG, "nn.Transpose: %s has %d dimensions, should have two", options[i].name,
                    count);
  }
  return AE_OK;
}

static ae_status swapped(ae_tensor *view, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(ae_set(view, x));
  for (int i = 0; options[i].name; i++) {
    const ae_value *swap = &m->option[i];
    if (swap->count == 0) continue;
    int64_t a = swap->size[0] - 1, b = swap->size[1] - 1;
    if (a >= x->ndim || b >= x->ndim)
      return aei_fail(AE_ESHAPE, "%s: input is %s, there is no dimension %lld", AEI_NAME(m),
                      AEI_SHAPE(x), (long long)(a > b ? a : b) + 1);
    AEI_TRY(ae_transpose(view, view, (int)a, (int)b));
  }
  return AE_OK;
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_part_forward(m, x, swapped); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_part_backward(m, x, gy, swapped);
}

const ae_layer ae_layer_Transpose = {
    .name = "Transpose",
    .doc = "(any) -> its dimensions in another order  y = x:transpose(a, b), for each pair",
    .options = options,
    .check = check,
    .forward = forward,
    .backward = backward,
};
