/* tensor.c - tensors as objects: making, sharing, resizing, and reaching one element. */
#include "core/core.h"

#include <string.h>

ae_tensor ae_tensor_local(ae_type type) { return (ae_tensor){.refs = 1, .type = type}; }

void ae_tensor_clear(ae_tensor *t) {
  ae_storage *old = t->storage;
  t->storage = NULL;
  t->ndim = 0;
  t->offset = 0;
  ae_storage_release(old);
  aei_drop_parts(t);
}

ae_status ae_tensor_new(ae_tensor **out, ae_type type) {
  ae_tensor *t = aei_alloc(sizeof *t);
  if (!t) return AE_EMEM;
  *t = ae_tensor_local(type);
  *out = t;
  return AE_OK;
}

ae_status ae_tensor_new_sized(ae_tensor **out, ae_type type, int ndim, const int64_t *size) {
  ae_tensor *t;
  AEI_TRY(ae_tensor_new(&t, type));
  ae_status status = ae_resize(t, ndim, size);
  if (status != AE_OK) return ae_tensor_release(t), status;
  *out = t;
  return AE_OK;
}

ae_tensor *ae_tensor_retain(ae_tensor *t) {
  if (t) t->refs++;
  return t;
}

void ae_tensor_release(ae_tensor *t) {
  if (!t || --t->refs > 0) return;
  ae_tensor_clear(t);
  aei_free(t);
}

ae_status aei_renew(ae_tensor **slot, ae_type type) {
  ae_tensor *fresh, *old = *slot;
  AEI_TRY(ae_tensor_new(&fresh, type));
  *slot = fresh;
  ae_tensor_release(old);
  return AE_OK;
}

int64_t ae_nelement(const ae_tensor *t) {
  if (t->ndim == 0) return 0;
  int64_t n = 1;
  for (int d = 0; d < t->ndim; d++) n *= t->size[d];
  return n;
}

bool ae_is_contiguous(const ae_tensor *t) {
  int64_t step = 1;
  for (int d = t->ndim - 1; d >= 0; d--) {
    if (t->size[d] != 1 && t->stride[d] != step) return false;
    step *= t->size[d];
  }
  return true;
}

bool ae_same_size(const ae_tensor *a, const ae_tensor *b) {
  return aei_same_sizes(a->ndim, a->size, b->ndim, b->size);
}

void *ae_data(const ae_tensor *t) {
  static const _Alignas(AEI_ALIGN) char nothing[AEI_ALIGN];
  if (!t->storage || t->ndim == 0) return (void *)(uintptr_t)(nothing + AEI_ALIGN);
  return (char *)t->storage->data + (size_t)t->offset * ae_type_size(t->type);
}

ae_status aei_reserve(ae_tensor *t, int ndim, const int64_t *size) {
  int64_t n, end;
  AEI_TRY(aei_count(&n, ndim, size));
  if (aei_same_sizes(t->ndim, t->size, ndim, size)) return AE_OK;
  if (__builtin_add_overflow(t->offset, n, &end))
    return aei_fail(AE_ESHAPE, "resize: offset %lld and %lld elements overflow",
                    (long long)t->offset, (long long)n);
  if (n > 0 && !t->storage) AEI_TRY(ae_storage_new(&t->storage, t->type, end));
  if (n > 0 && t->storage->size < end) AEI_TRY(ae_storage_resize(t->storage, end));
  return AE_OK;
}

ae_status ae_resize(ae_tensor *t, int ndim, const int64_t *size) {
  AEI_TRY(aei_reserve(t, ndim, size));
  if (aei_same_sizes(t->ndim, t->size, ndim, size)) return aei_drop_parts(t), AE_OK;
  t->ndim = ndim;
  if (ndim > 0) memmove(t->size, size, (size_t)ndim * sizeof *size);
  aei_contiguous_strides(t->stride, ndim, t->size);
  aei_drop_parts(t);
  return AE_OK;
}

ae_status ae_resize_as(ae_tensor *t, const ae_tensor *like) {
  return ae_resize(t, like->ndim, like->size);
}

ae_status aei_prepare(ae_tensor *y, ae_type type, int ndim, const int64_t *size) {
  if (y->type != type)
    return aei_fail(AE_ETYPE, "the result is a %sTensor and should be a %sTensor",
                    ae_type_name(y->type), ae_type_name(type));
  return ae_resize(y, ndim, size);
}

/* Storage position of an element; the index is checked. */
static ae_status locate(int64_t *out, const ae_tensor *t, const int64_t *index) {
  if (t->ndim == 0) return aei_fail(AE_EARG, "an empty tensor has no elements");
  int64_t at = t->offset;
  for (int d = 0; d < t->ndim; d++) {
    if (index[d] < 0 || index[d] >= t->size[d])
      return aei_fail(AE_EARG, "index %lld is out of range 1..%lld in dimension %d of a %s tensor",
                      (long long)index[d] + 1, (long long)t->size[d], d + 1, AEI_SHAPE(t));
    at += index[d] * t->stride[d];
  }
  *out = at;
  return AE_OK;
}

ae_status ae_get(ae_number *out, const ae_tensor *t, const int64_t *index) {
  int64_t at;
  AEI_TRY(locate(&at, t, index));
  const void *data = t->storage->data;
  switch (t->type) {
#define GET_CASE(id, ctype, name, real)                             \
  case id:                                                          \
    *out = real ? ae_from_double((double)((const ctype *)data)[at]) \
                : ae_from_int((int64_t)((const ctype *)data)[at]);  \
    break;
    AE_TYPES(GET_CASE)
#undef GET_CASE
  }
  return AE_OK;
}

ae_status ae_put(ae_tensor *t, const int64_t *index, ae_number value) {
  int64_t at;
  AEI_TRY(locate(&at, t, index));
  void *data = t->storage->data;
  switch (t->type) {
#define PUT_CASE(id, ctype, name, real)                                                \
  case id:                                                                             \
    ((ctype *)data)[at] = real ? (ctype)ae_to_double(value) : (ctype)ae_to_int(value); \
    break;
    AE_TYPES(PUT_CASE)
#undef PUT_CASE
  }
  return AE_OK;
}
