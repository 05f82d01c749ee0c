/* CosineDistance.c - the cosine of the angle between two vectors, or each row of two matrices. */
#include "layer/layer.h"

static void forward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const aei_line y = aei_vector(context);
  const double value = aei_cosine(&line[0], &line[1], n);
  aei_line_store(&y, row, 1, &value);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_rows(m, x));
  int64_t rows = aei_pair_rows(x);
  AEI_TRY(ae_resize(m->output, 1, &rows));
  aei_each_row(NULL, x->part[0], x->part[1], forward_row, m->output);
  return AE_OK;
}

static void backward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const aei_line gy = aei_vector(context);
  double scale;
  aei_line_load(&scale, &gy, row, 1);
  aei_cosine_slope(&line[0], &line[1], &line[2], n, scale);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_rows(m, x));
  if (gy->size[0] != aei_pair_rows(x)) return aei_fail_again(m, x);
  AEI_TRY(aei_resize_parts(m->grad_input, x));
  for (int i = 0; i < 2; i++)
    aei_each_row(m->grad_input->part[i], x->part[i], x->part[1 - i], backward_row, gy);
  return AE_OK;
}

const ae_layer ae_layer_CosineDistance = {
    .name = "CosineDistance",
    .doc = "{(B,D), (B,D)} -> (B), or {(D), (D)} -> (1)  y = x_1 x_2 / (|x_1| |x_2|) of each row",
    .forward = forward,
    .backward = backward,
};
