/* pooling.c - the windows of SpatialMaxPooling and SpatialAveragePooling. */
#include "layer/spatial.h"

#include <stdio.h>

static int64_t option(const ae_module *m, int i) { return (int64_t)m->option[i].number; }

/* So that every window has an element of the image. */
ae_status aei_pooling_check(const ae_module *m) {
  if (option(m, AEI_PADW) <= option(m, AEI_KW) / 2 && option(m, AEI_PADH) <= option(m, AEI_KH) / 2)
    return AE_OK;
  return aei_fail(AE_EARG,
                  "nn.%s: padW and padH are %lld and %lld, should be at most half of kW and kH, "
                  "%lld and %lld",
                  m->layer->name, (long long)option(m, AEI_PADW), (long long)option(m, AEI_PADH),
                  (long long)option(m, AEI_KW), (long long)option(m, AEI_KH));
}

ae_status aei_pooling_of(aei_pooling *out, const ae_module *m, const ae_tensor *x) {
  const bool ceil_mode = m->option[AEI_CEIL].number != 0;
  aei_pooling p = {.kw = option(m, AEI_KW),
                   .kh = option(m, AEI_KH),
                   .dw = option(m, AEI_DW),
                   .dh = option(m, AEI_DH),
                   .padw = option(m, AEI_PADW),
                   .padh = option(m, AEI_PADH)};
  AEI_TRY(aei_images_of(&p.in, m, x, 0));
  p.out = p.in;
  p.out.height = aei_window_count(p.in.height, p.kh, p.dh, p.padh, ceil_mode);
  p.out.width = aei_window_count(p.in.width, p.kw, p.dw, p.padw, ceil_mode);
  *out = p;
  return AE_OK;
}

void aei_pooling_describe(const ae_module *m, char *buffer, size_t capacity) {
  char pads[64] = "";
  if (option(m, AEI_PADW) || option(m, AEI_PADH))
    snprintf(pads, sizeof pads, ", %lld,%lld", (long long)option(m, AEI_PADW),
             (long long)option(m, AEI_PADH));
  snprintf(buffer, capacity, "(%lldx%lld, %lld,%lld%s)", (long long)option(m, AEI_KW),
           (long long)option(m, AEI_KH), (long long)option(m, AEI_DW), (long long)option(m, AEI_DH),
           pads);
}

int64_t aei_plane_grain(aei_images images) {
  return AEI_GRAIN / (images.height * images.width) + 1;
}
