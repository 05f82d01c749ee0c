/* picture.c - which tensors are pictures, and their elements as bytes. */
#include "io/draw.h"

ae_status aei_picture_check(const char *operation, const ae_tensor *t) {
  bool grey = t->ndim == 2 || (t->ndim == 3 && t->size[0] == 1);
  bool colour = t->ndim == 3 && t->size[0] == 3;
  if (!(grey || colour) || ae_nelement(t) == 0)
    return aei_fail(AE_ESHAPE, "%s: %s is no picture: HxW, 1xHxW or 3xHxW is", operation,
                    AEI_SHAPE(t));
  if (t->type != AE_BYTE && !ae_type_is_real(t->type))
    return aei_fail(AE_ETYPE, "%s: a %sTensor is no picture: Byte, Float and Double are", operation,
                    ae_type_name(t->type));
  return AE_OK;
}

uint8_t aei_picture_level(const ae_tensor *t, int64_t at) {
  const void *data = ae_data(t);
  if (t->type == AE_BYTE) return ((const uint8_t *)data)[at];
  double v = t->type == AE_FLOAT ? (double)((const float *)data)[at] : ((const double *)data)[at];
  return (uint8_t)(v >= 1 ? 255 : v > 0 ? v * 255 + 0.5 : 0);
}
