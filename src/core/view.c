/* view.c - other views of the same storage: nothing here touches an element.
 *
 * Each function builds the new view as a plain value from src and then installs it, so that dst may
 * be src and a failure leaves dst alone. */
#include "core/core.h"

#include <string.h>

/* dst becomes a view of src's storage with v's offset, sizes and strides. */
static ae_status install(ae_tensor *dst, const ae_tensor *src, const ae_tensor *v) {
  if (dst->type != src->type)
    return aei_fail(AE_ETYPE, "a %sTensor cannot share the storage of a %sTensor",
                    ae_type_name(dst->type), ae_type_name(src->type));
  ae_storage *old = dst->storage;
  dst->storage = ae_storage_retain(src->storage);
  ae_storage_release(old);
  dst->offset = v->offset;
  dst->ndim = v->ndim;
  memmove(dst->size, v->size, sizeof dst->size);
  memmove(dst->stride, v->stride, sizeof dst->stride);
  aei_drop_parts(dst);
  return AE_OK;
}

/* A copy of the geometry alone, storage not retained. */
static ae_tensor geometry(const ae_tensor *src) {
  ae_tensor v = ae_tensor_local(src->type);
  v.offset = src->offset;
  v.ndim = src->ndim;
  memcpy(v.size, src->size, sizeof v.size);
  memcpy(v.stride, src->stride, sizeof v.stride);
  return v;
}

static void drop_dim(ae_tensor *v, int dim) {
  v->ndim--;
  for (int d = dim; d < v->ndim; d++) {
    v->size[d] = v->size[d + 1];
    v->stride[d] = v->stride[d + 1];
  }
}

ae_status ae_set(ae_tensor *t, const ae_tensor *src) {
  ae_tensor v = geometry(src);
  return install(t, src, &v);
}

ae_status ae_set_storage(ae_tensor *t, ae_storage *s, int64_t offset, int ndim, const int64_t *size,
                         const int64_t *stride) {
  ae_tensor v = ae_tensor_local(t->type);
  int64_t n, last = offset;
  AEI_TRY(aei_count(&n, ndim, size));
  if (s && s->type != t->type)
    return aei_fail(AE_ETYPE, "set: a %sTensor cannot view a %sStorage", ae_type_name(t->type),
                    ae_type_name(s->type));
  v.ndim = ndim;
  v.offset = offset;
  if (ndim > 0) memcpy(v.size, size, (size_t)ndim * sizeof *size);
  aei_contiguous_strides(v.stride, ndim, v.size);
  for (int d = 0; d < ndim; d++) {
    int64_t reach;
    if (stride) v.stride[d] = stride[d];
    if (v.stride[d] < 0)
      return aei_fail(AE_EARG, "set: stride %lld of dimension %d is negative",
                      (long long)v.stride[d], d + 1);
    if (n > 0 && (!aei_mul(&reach, v.size[d] - 1, v.stride[d]) ||
                  __builtin_add_overflow(last, reach, &last)))
      return aei_fail(AE_EARG, "set: sizes and strides overflow");
  }
  int64_t held = s ? s->size : 0;
  if (offset < 0 || (n > 0 && last >= held))
    return aei_fail(AE_EARG, "set: elements %lld..%llu of a storage with %lld",
                    (long long)offset + 1, (unsigned long long)last + 1, (long long)held);
  const ae_tensor src = {.type = t->type, .storage = s};
  return install(t, &src, &v);
}

ae_status ae_narrow(ae_tensor *dst, const ae_tensor *src, int dim, int64_t first, int64_t count) {
  AEI_TRY(aei_check_dim("narrow", src, dim));
  if (first < 0 || count < 0 || first > src->size[dim] - count)
    return aei_fail(AE_EARG, "narrow: %lld elements from %lld of dimension %d of a %s tensor",
                    (long long)count, (long long)first + 1, dim + 1, AEI_SHAPE(src));
  ae_tensor v = geometry(src);
  v.offset += first * v.stride[dim];
  v.size[dim] = count;
  return install(dst, src, &v);
}

ae_status ae_select(ae_tensor *dst, const ae_tensor *src, int dim, int64_t index) {
  AEI_TRY(aei_check_dim("select", src, dim));
  if (src->ndim < 2)
    return aei_fail(AE_ESHAPE, "select: a tensor with one dimension has elements, not slices (%s)",
                    AEI_SHAPE(src));
  if (index < 0 || index >= src->size[dim])
    return aei_fail(AE_EARG, "select: index %lld is out of range 1..%lld in dimension %d (%s)",
                    (long long)index + 1, (long long)src->size[dim], dim + 1, AEI_SHAPE(src));
  ae_tensor v = geometry(src);
  v.offset += index * v.stride[dim];
  drop_dim(&v, dim);
  return install(dst, src, &v);
}

ae_status ae_transpose(ae_tensor *dst, const ae_tensor *src, int dim1, int dim2) {
  AEI_TRY(aei_check_dim("transpose", src, dim1));
  AEI_TRY(aei_check_dim("transpose", src, dim2));
  ae_tensor v = geometry(src);
  v.size[dim1] = src->size[dim2];
  v.size[dim2] = src->size[dim1];
  v.stride[dim1] = src->stride[dim2];
  v.stride[dim2] = src->stride[dim1];
  return install(dst, src, &v);
}

ae_status ae_squeeze(ae_tensor *dst, const ae_tensor *src, int dim) {
  if (dim != -1) AEI_TRY(aei_check_dim("squeeze", src, dim));
  ae_tensor v = geometry(src);
  for (int d = src->ndim - 1; d >= 0; d--)
    if (v.size[d] == 1 && v.ndim > 1 && (dim == -1 || dim == d)) drop_dim(&v, d);
  return install(dst, src, &v);
}

ae_status ae_unsqueeze(ae_tensor *dst, const ae_tensor *src, int dim) {
  if (src->ndim == 0 || src->ndim == AE_MAXDIM || dim < 0 || dim > src->ndim)
    return aei_fail(AE_EARG, "unsqueeze: no place %d for a new dimension in a %s tensor", dim + 1,
                    AEI_SHAPE(src));
  ae_tensor v = geometry(src);
  for (int d = v.ndim++; d > dim; d--) {
    v.size[d] = v.size[d - 1];
    v.stride[d] = v.stride[d - 1];
  }
  v.stride[dim] = dim < src->ndim ? src->size[dim] * src->stride[dim] : 1;
  v.size[dim] = 1;
  return install(dst, src, &v);
}

ae_status ae_expand(ae_tensor *dst, const ae_tensor *src, int ndim, const int64_t *size) {
  int64_t n;
  char want[AEI_SHAPE_CAPACITY];
  AEI_TRY(aei_count(&n, ndim, size));
  int lead = ndim - src->ndim;
  if (lead < 0 || src->ndim == 0)
    return aei_fail(AE_ESHAPE, "expand: %s cannot become %s", AEI_SHAPE(src),
                    ae_shape_string(want, sizeof want, ndim, size));
  ae_tensor v = geometry(src);
  v.ndim = ndim;
  for (int d = 0; d < ndim; d++) {
    int64_t old = d < lead ? 1 : src->size[d - lead];
    if (old != 1 && old != size[d])
      return aei_fail(AE_ESHAPE, "expand: %s cannot become %s: dimension %d has %lld elements",
                      AEI_SHAPE(src), ae_shape_string(want, sizeof want, ndim, size), d + 1,
                      (long long)old);
    v.size[d] = size[d];
    v.stride[d] = d < lead || (old == 1 && size[d] != 1) ? 0 : src->stride[d - lead];
  }
  return install(dst, src, &v);
}

/* Replaces the one -1 in size by what n elements leave for it. */
static ae_status infer_size(int64_t *out, const ae_tensor *src, int ndim, const int64_t *size) {
  int64_t known = 1, n = ae_nelement(src);
  int open = -1;
  char want[AEI_SHAPE_CAPACITY];
  for (int d = 0; d < ndim; d++) {
    out[d] = size[d];
    if (size[d] == -1 && open >= 0)
      return aei_fail(AE_EARG, "view: only one size may be -1 (%s)",
                      ae_shape_string(want, sizeof want, ndim, size));
    if (size[d] == -1) open = d;
    if (size[d] < -1 || (size[d] != -1 && !aei_mul(&known, known, size[d])))
      return aei_fail(AE_ESHAPE, "view: %s is not a size",
                      ae_shape_string(want, sizeof want, ndim, size));
  }
  if (open >= 0 && known > 0 && n % known == 0) {
    out[open] = n / known;
    known = n;
  }
  if (known != n || (open >= 0 && out[open] < 0))
    return aei_fail(AE_ESHAPE, "view: a %s tensor (%lld elements) cannot be seen as %s",
                    AEI_SHAPE(src), (long long)n, ae_shape_string(want, sizeof want, ndim, size));
  return AE_OK;
}

ae_status ae_view(ae_tensor *dst, const ae_tensor *src, int ndim, const int64_t *size) {
  if (ndim < 1 || ndim > AE_MAXDIM)
    return aei_fail(AE_ESHAPE, "view: 1 to %d sizes, not %d", AE_MAXDIM, ndim);
  if (!ae_is_contiguous(src))
    return aei_fail(AE_EARG, "view: the tensor (%s) is not contiguous; call :contiguous() first",
                    AEI_SHAPE(src));
  ae_tensor v = geometry(src);
  AEI_TRY(infer_size(v.size, src, ndim, size));
  v.ndim = ndim;
  aei_contiguous_strides(v.stride, ndim, v.size);
  return install(dst, src, &v);
}

ae_status ae_unfold(ae_tensor *dst, const ae_tensor *src, int dim, int64_t count, int64_t step) {
  AEI_TRY(aei_check_dim("unfold", src, dim));
  if (src->ndim == AE_MAXDIM || step < 1 || count < 1 || count > src->size[dim])
    return aei_fail(AE_EARG, "unfold: windows of %lld every %lld in dimension %d of a %s tensor",
                    (long long)count, (long long)step, dim + 1, AEI_SHAPE(src));
  ae_tensor v = geometry(src);
  v.size[dim] = (src->size[dim] - count) / step + 1;
  v.stride[dim] = src->stride[dim] * step;
  v.size[v.ndim] = count;
  v.stride[v.ndim++] = src->stride[dim];
  return install(dst, src, &v);
}
