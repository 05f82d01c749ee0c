/* SpatialZeroPadding.c - rows and columns of zeros around an image; negative numbers cut rows and
 * columns off. */
#include "layer/spatial.h"

#include <stdio.h>

enum { LEFT, RIGHT, TOP, BOTTOM };
enum { MOST = 1 << 20 };

static const ae_option options[] = {
    {"pad_l", AE_INT, AE_REQUIRED, -MOST + 1, MOST, "columns at the left"},
    {"pad_r", AE_INT, AE_LIKE(LEFT), -MOST + 1, MOST, "columns at the right; default: pad_l"},
    {"pad_t", AE_INT, AE_LIKE(LEFT), -MOST + 1, MOST, "rows above; default: pad_l"},
    {"pad_b", AE_INT, AE_LIKE(LEFT), -MOST + 1, MOST, "rows below; default: pad_l"},
    {0},
};

static int64_t option(const ae_module *m, int i) { return (int64_t)m->option[i].number; }

static ae_status output_of(aei_images *out, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_images_of(out, m, x, 0));
  const aei_images in = *out;
  out->height += option(m, TOP) + option(m, BOTTOM);
  out->width += option(m, LEFT) + option(m, RIGHT);
  if (in.height + option(m, TOP) > 0 && in.height + option(m, BOTTOM) > 0 &&
      in.width + option(m, LEFT) > 0 && in.width + option(m, RIGHT) > 0)
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input %s is too small, all of it would be cut off", AEI_NAME(m),
                  AEI_SHAPE(x));
}

/* What of an image's side is both in the input and in the output, in either's counting: the input's
 * side with pad = its paddings, the output's with them negated. */
static ae_status common(ae_tensor *t, int dim, int64_t before, int64_t after) {
  const int64_t first = before < 0 ? -before : 0, cut = first + (after < 0 ? -after : 0);
  return ae_narrow(t, t, dim, first, t->size[dim] - cut);
}

/* to (another view of image sizes) = from, where both are; the rest 0. sign: 1 from input to
 * output, -1 back. */
static ae_status carry(const ae_module *m, ae_tensor *to, const ae_tensor *from, int64_t sign) {
  ae_tensor a = ae_tensor_local(to->type), b = ae_tensor_local(from->type);
  ae_status status = ae_fill(to, ae_from_int(0));
  if (status == AE_OK) status = ae_set(&a, to);
  if (status == AE_OK) status = ae_set(&b, from);
  for (int i = 0; i < 2 && status == AE_OK; i++) {
    const int dim = to->ndim - 1 - i;
    const int64_t before = sign * option(m, i ? TOP : LEFT);
    const int64_t after = sign * option(m, i ? BOTTOM : RIGHT);
    status = common(&b, dim, before, after);
    if (status == AE_OK) status = common(&a, dim, -before, -after);
  }
  if (status == AE_OK) status = ae_copy(&a, &b);
  ae_tensor_clear(&a);
  ae_tensor_clear(&b);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_images out;
  AEI_TRY(output_of(&out, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, out));
  return carry(m, m->output, x, 1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_images out;
  AEI_TRY(output_of(&out, m, x));
  AEI_TRY(aei_images_again(m, x, out));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  return carry(m, m->grad_input, gy, -1);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(l=%lld, r=%lld, t=%lld, b=%lld)", (long long)option(m, LEFT),
           (long long)option(m, RIGHT), (long long)option(m, TOP), (long long)option(m, BOTTOM));
}

const ae_layer ae_layer_SpatialZeroPadding = {
    .name = "SpatialZeroPadding",
    .doc =
        "(B,C,H,W) -> (B,C,H + pad_t + pad_b,W + pad_l + pad_r), or without B  zeros around x; "
        "negative: cut off",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
