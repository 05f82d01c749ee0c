/* part.c - layers whose output is a copy of a view of their input: of a part of it, or with its
 * dimensions in another order. */
#include "layer/layer.h"

ae_status aei_part_forward(ae_module *m, ae_tensor *x, aei_part *part) {
  ae_tensor view = ae_tensor_local(m->type);
  AEI_TRY(aei_check_input(m, x));
  ae_status status = part(&view, m, x);
  if (status == AE_OK) status = ae_convert(m->output, &view);
  ae_tensor_clear(&view);
  return status;
}

/* gradOutput goes to the part of gradInput, the rest of which is zero. */
ae_status aei_part_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_part *part) {
  ae_tensor view = ae_tensor_local(m->type), *gx = m->grad_input;
  AEI_TRY(aei_check_input(m, x));
  ae_status status = part(&view, m, x);
  if (status == AE_OK && !ae_same_size(&view, gy)) status = aei_fail_again(m, x);
  if (status == AE_OK) status = ae_resize_as(gx, x);
  if (status == AE_OK && ae_nelement(gx) != ae_nelement(gy)) status = ae_fill(gx, ae_from_int(0));
  if (status == AE_OK) status = part(&view, m, gx);
  if (status == AE_OK) status = ae_copy(&view, gy);
  ae_tensor_clear(&view);
  return status;
}
