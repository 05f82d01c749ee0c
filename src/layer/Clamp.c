/* Clamp.c - HardTanh by another name. */
#include "layer/layer.h"

/* HardTanh's first two. */
static const ae_option options[] = {
    {"min_val", AE_NUMBER, -1, -AE_REQUIRED, AE_REQUIRED, "smallest output"},
    {"max_val", AE_NUMBER, 1, -AE_REQUIRED, AE_REQUIRED, "largest output"},
    {0},
};

static ae_status check(const ae_module *m) { return ae_layer_HardTanh.check(m); }

static ae_status forward(ae_module *m, ae_tensor *x) { return ae_layer_HardTanh.forward(m, x); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return ae_layer_HardTanh.backward(m, x, gy);
}

const ae_layer ae_layer_Clamp = {
    .name = "Clamp",
    .doc = "(any) -> same  y = min(max(x, min_val), max_val)",
    .options = options,
    .check = check,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
