/* L1Penalty.c - the identity; backward adds the gradient of an L1 penalty on what passes through,
 * so that activations become sparse. The last penalty is the field `loss`, as in Torch: an option,
 * for those are the numbers a module has. */
#include "layer/layer.h"

enum { L1WEIGHT, SIZE_AVERAGE, PROVIDE_OUTPUT, LOSS };
enum { COPY };

static const ae_option options[] = {
    {"l1weight", AE_NUMBER, AE_REQUIRED, -AE_FINITE, AE_FINITE, "weight of the penalty"},
    {"sizeAverage", AE_BOOL, false, 0, 1, "the mean of |x|, else the sum"},
    {"provideOutput", AE_BOOL, true, 0, 1, "add gradOutput; else gradInput is the penalty's alone"},
    {"loss", AE_NUMBER, 0, -AE_REQUIRED, AE_REQUIRED, "the last penalty; forward sets it"},
    {0},
};

static const ae_buffer buffers[] = {{"copy", NULL}, {0}}; /* of an input that is not contiguous */

static double weight(const ae_module *m, const ae_tensor *x) {
  double n = m->option[SIZE_AVERAGE].number != 0 ? (double)ae_nelement(x) : 1;
  return m->option[L1WEIGHT].number / n;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  const ae_tensor *source;
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(aei_contiguous(&source, x, m->buffer[COPY]));
  aei_line line = {source, source->offset, 1};
  m->option[LOSS].number = weight(m, x) * aei_line_power_sum(&line, ae_nelement(x), 1);
  aei_set_output(m, x);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor *gx = m->grad_input;
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(ae_map1(AE_SIGN, gx, x, 0, 0));
  if (m->option[PROVIDE_OUTPUT].number != 0) return ae_map2(AE_ADD, gx, gy, gx, weight(m, x));
  return ae_map1(AE_MUL_SCALAR, gx, gx, weight(m, x), 0);
}

const ae_layer ae_layer_L1Penalty = {
    .name = "L1Penalty",
    .doc = "(any) -> same  y = x; loss = l1weight * sum |x|, whose gradient backward adds",
    .options = options,
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
