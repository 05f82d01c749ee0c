/* DotProduct.c - the dot product of two vectors, or of each row of two matrices. */
#include "layer/layer.h"

static void forward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const aei_line y = aei_vector(context);
  const double value = aei_line_dot(&line[0], &line[1], n);
  aei_line_store(&y, row, 1, &value);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_rows(m, x));
  int64_t rows = aei_pair_rows(x);
  AEI_TRY(ae_resize(m->output, 1, &rows));
  aei_each_row(NULL, x->part[0], x->part[1], forward_row, m->output);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_rows(m, x));
  if (gy->size[0] != aei_pair_rows(x)) return aei_fail_again(m, x);
  const int dim = x->part[0]->ndim == 2 ? 0 : AEI_AS_IT_FITS;
  AEI_TRY(aei_resize_parts(m->grad_input, x));
  for (int i = 0; i < 2; i++)
    AEI_TRY(aei_spread_map2(AE_MUL, m->grad_input->part[i], m, x->part[1 - i], gy, dim, 0));
  return AE_OK;
}

const ae_layer ae_layer_DotProduct = {
    .name = "DotProduct",
    .doc = "{(B,D), (B,D)} -> (B), or {(D), (D)} -> (1)  y = sum x_1 x_2 of each row",
    .forward = forward,
    .backward = backward,
};
