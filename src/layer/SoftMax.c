/* SoftMax.c - probabilities from scores. */
#include "layer/layer.h"

enum { BLOCK = 256 };

static void forward_line(void *context, int64_t number, int64_t n, const aei_line *line) {
  (void)context, (void)number;
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double block[BLOCK], shift = aei_log_sum_exp(&line[1], n);
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    aei_line_load(block, &line[1], first, count);
    k->map1[AE_SUB_SCALAR](count, block, block, shift, 0);
    k->map1[AE_EXP](count, block, block, 0, 0);
    aei_line_store(&line[0], first, count, block);
  }
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int dim;
  AEI_TRY(aei_softmax_dim(&dim, m, x));
  AEI_TRY(ae_resize_as(m->output, x));
  aei_each_line(2, (const ae_tensor *[]){m->output, x}, dim, forward_line, NULL);
  return AE_OK;
}

/* gx = y * (gy - sum gy y) */
static void backward_line(void *context, int64_t number, int64_t n, const aei_line *line) {
  (void)context, (void)number;
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double gy[BLOCK], y[BLOCK], sum = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    aei_line_load(gy, &line[1], first, count);
    aei_line_load(y, &line[2], first, count);
    sum += ae_to_double(k->dot(count, gy, y));
  }
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    aei_line_load(gy, &line[1], first, count);
    aei_line_load(y, &line[2], first, count);
    k->map1[AE_SUB_SCALAR](count, gy, gy, sum, 0);
    k->map2[AE_MUL](count, gy, gy, y, 0);
    aei_line_store(&line[0], first, count, gy);
  }
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int dim;
  AEI_TRY(aei_softmax_dim(&dim, m, x));
  AEI_TRY(ae_resize_as(m->grad_input, gy));
  aei_each_line(3, (const ae_tensor *[]){m->grad_input, gy, m->output}, dim, backward_line, NULL);
  return AE_OK;
}

const ae_layer ae_layer_SoftMax = {
    .name = "SoftMax",
    .doc = "(C), (B,C), (C,H,W) or (B,C,H,W) -> same  y_c = e^x_c / sum_k e^x_k",
    .forward = forward,
    .backward = backward,
};
