/* activation.c - layers that are one operation of the engine on each element: y = f(x), gx = f'(x)
 * gy, the slope being found from y. What differs between them is an aei_activation. */
#include "layer/layer.h"

static double parameter(const ae_module *m) {
  const int option = m->layer->activation->parameter;
  return option >= 0 ? m->option[option].number : 0;
}

static bool is_inplace(const ae_module *m) {
  const int option = m->layer->activation->inplace;
  return option >= 0 && m->option[option].number != 0;
}

ae_status aei_activation_forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (is_inplace(m)) aei_set_output(m, x);
  return ae_map1(m->layer->activation->forward, m->output, x, parameter(m), 0);
}

ae_status aei_activation_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  if (is_inplace(m)) aei_set_grad_input(m, gy);
  return ae_map2(m->layer->activation->backward, m->grad_input, gy, m->output, parameter(m));
}

/* ---- by rows ---- */

static bool contiguous(const ae_tensor *a, const ae_tensor *b) {
  return ae_is_contiguous(a) && ae_is_contiguous(b);
}

static ae_status open_forward(ae_module *m, ae_tensor *x, bool *able) {
  AEI_TRY(aei_check_input(m, x));
  if (is_inplace(m)) aei_set_output(m, x);
  AEI_TRY(ae_resize_as(m->output, x));
  *able = contiguous(m->output, x);
  return AE_OK;
}

static ae_status open_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able) {
  (void)x;
  if (is_inplace(m)) aei_set_grad_input(m, gy);
  AEI_TRY(ae_resize_as(m->grad_input, gy));
  *able = contiguous(m->grad_input, gy) && ae_is_contiguous(m->output);
  return AE_OK;
}

static void *row(const ae_tensor *t, int64_t i) {
  return (char *)ae_data(t) + (size_t)(i * t->stride[0]) * ae_type_size(t->type);
}

static void forward_rows(const ae_module *m, const ae_tensor *x, int64_t begin, int64_t end) {
  const int64_t n = (end - begin) * x->stride[0];
  aei_kernels_of(m->type)->map1[m->layer->activation->forward](n, row(m->output, begin),
                                                               row(x, begin), parameter(m), 0);
}

static void backward_rows(const ae_module *m, const ae_tensor *x, const ae_tensor *gy,
                          int64_t begin, int64_t end) {
  (void)x;
  const int64_t n = (end - begin) * gy->stride[0];
  aei_kernels_of(m->type)->map2[m->layer->activation->backward](
      n, row(m->grad_input, begin), row(gy, begin), row(m->output, begin), parameter(m));
}

const aei_rows aei_activation_rows = {open_forward, forward_rows, open_backward, backward_rows};
