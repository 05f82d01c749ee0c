/* spatial.c - the shapes of layers on images, and their tensors as contiguous memory. */
#include "layer/spatial.h"

/* ---- shapes ---- */

ae_status aei_images_of(aei_images *out, const ae_module *m, const ae_tensor *x, int64_t planes) {
  AEI_TRY(aei_check_input(m, x));
  if (x->ndim != 3 && x->ndim != 4)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want (planes, height, width) or a batch of such",
                    AEI_NAME(m), AEI_SHAPE(x));
  const int64_t *size = x->size + x->ndim - 3;
  if (planes > 0 && size[0] != planes)
    return aei_fail(AE_ESHAPE, "%s: input has %lld planes, want %lld (input %s)", AEI_NAME(m),
                    (long long)size[0], (long long)planes, AEI_SHAPE(x));
  if (ae_nelement(x) == 0)
    return aei_fail(AE_ESHAPE, "%s: input is %s, without any element", AEI_NAME(m), AEI_SHAPE(x));
  *out = (aei_images){x->ndim == 4 ? x->size[0] : 1, size[0], size[1], size[2]};
  return AE_OK;
}

ae_status aei_images_resize(ae_tensor *y, const ae_module *m, const ae_tensor *x, aei_images size) {
  if (size.height < 1 || size.width < 1)
    return aei_fail(AE_ESHAPE, "%s: input %s is too small, the output would be %lldx%lld",
                    AEI_NAME(m), AEI_SHAPE(x), (long long)size.height, (long long)size.width);
  const int64_t sizes[4] = {size.batch, size.planes, size.height, size.width};
  return ae_resize(y, x->ndim, sizes + 4 - x->ndim);
}

ae_status aei_images_again(const ae_module *m, const ae_tensor *x, aei_images output) {
  const int64_t sizes[4] = {output.batch, output.planes, output.height, output.width};
  const ae_tensor *y = m->output;
  if (aei_same_sizes(y->ndim, y->size, x->ndim, sizes + 4 - x->ndim)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s in backward, but forward's output was %s",
                  AEI_NAME(m), AEI_SHAPE(x), AEI_SHAPE(y));
}

int64_t aei_window_count(int64_t size, int64_t k, int64_t d, int64_t pad, bool ceil_mode) {
  const int64_t left = size + 2 * pad - k;
  if (left < 0) return left < -d || !ceil_mode ? 0 : 1;
  const int64_t count = (ceil_mode ? left + d - 1 : left) / d + 1;
  /* the last one must not begin in the padding behind the image */
  return ceil_mode && (count - 1) * d >= size + pad ? count - 1 : count;
}

aei_span aei_inside(int64_t size, int64_t n, int64_t k, int64_t d, int64_t pad) {
  const int64_t end = size + pad - k;
  const int64_t first = pad > k ? (pad - k + d - 1) / d : 0;
  int64_t last = end > 0 ? (end + d - 1) / d : 0;
  if (last > n) last = n;
  return (aei_span){first < last ? first : last, last};
}

/* ---- memory ---- */

/* A tensor someone else put into the slot may have strides. */
ae_status aei_scratch_sized(ae_tensor *t, int ndim, const int64_t *size) {
  AEI_TRY(ae_resize(t, ndim, size));
  if (ae_is_contiguous(t)) return AE_OK;
  ae_tensor_clear(t);
  return ae_resize(t, ndim, size);
}

ae_status aei_scratch(ae_tensor *t, int64_t n) {
  if (t->ndim == 1 && t->size[0] >= n && ae_is_contiguous(t)) return AE_OK;
  return aei_scratch_sized(t, 1, &n);
}

ae_status aei_read(const void **data, const ae_tensor *t, ae_tensor *copy) {
  *data = ae_data(t);
  if (ae_is_contiguous(t)) return AE_OK;
  AEI_TRY(aei_scratch_sized(copy, t->ndim, t->size));
  *data = ae_data(copy);
  return ae_copy(copy, t);
}

ae_status aei_write_begin(void **data, ae_tensor *t, ae_tensor *copy) {
  *data = ae_data(t);
  if (ae_is_contiguous(t)) return AE_OK;
  AEI_TRY(aei_scratch_sized(copy, t->ndim, t->size));
  *data = ae_data(copy);
  return AE_OK;
}

ae_status aei_write_end(ae_tensor *t, const ae_tensor *copy) {
  return ae_is_contiguous(t) ? AE_OK : ae_copy(t, copy);
}

/* ---- sums of planes, as a bias needs them ---- */

typedef struct sums {
  ae_tensor *gradient;
  const void *g;
  aei_images images;
  double scale;
} sums;

static double plane_sum(const sums *s, int64_t plane) {
  const aei_images *b = &s->images;
  const int64_t size = (int64_t)ae_type_size(s->gradient->type);
  const int64_t n = b->height * b->width;
  double sum = 0;
  for (int64_t i = 0; i < b->batch; i++) {
    const char *from = (const char *)s->g + (i * b->planes + plane) * n * size;
    for (int64_t first = 0; first < n; first += AEI_RUN)
      sum += ae_to_double(
          aei_kernels_of(s->gradient->type)
              ->sum(n - first < AEI_RUN ? n - first : AEI_RUN, from + first * size, 0));
  }
  return sum;
}

static void add_planes(void *context, int64_t begin, int64_t end) {
  const sums *s = context;
  ae_tensor *t = s->gradient;
  for (int64_t plane = begin; plane < end; plane++) {
    const int64_t at_plane = t->offset + plane * t->stride[0];
    const double sum = s->scale * plane_sum(s, plane);
    if (t->type == AE_FLOAT) {
      float *g = (float *)t->storage->data + at_plane;
      *g = (float)((double)*g + sum);
    } else {
      ((double *)t->storage->data)[at_plane] += sum;
    }
  }
}

void aei_plane_sums(ae_tensor *gradient, const void *g, aei_images size, double scale) {
  sums s = {gradient, g, size, scale};
  const int64_t work = size.batch * size.height * size.width;
  aei_parallel(size.planes, AEI_GRAIN / work + 1, add_planes, &s);
}
