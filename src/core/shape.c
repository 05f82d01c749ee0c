/* shape.c - sizes and strides: counting without overflow, comparing, printing. */
#include "core/core.h"

#include <stdio.h>
#include <string.h>

bool aei_mul(int64_t *out, int64_t a, int64_t b) { return !__builtin_mul_overflow(a, b, out); }

ae_status aei_count(int64_t *out, int ndim, const int64_t *size) {
  if (ndim < 0 || ndim > AE_MAXDIM)
    return aei_fail(AE_ESHAPE, "a tensor has 0 to %d dimensions, not %d", AE_MAXDIM, ndim);
  int64_t bytes = ndim > 0 ? 8 : 0; /* not counting dimensions of size 0, for strides to fit too */
  bool empty = false;
  for (int d = 0; d < ndim; d++) {
    if (size[d] < 0)
      return aei_fail(AE_ESHAPE, "size %lld of dimension %d is negative", (long long)size[d],
                      d + 1);
    empty |= size[d] == 0;
    if (size[d] > 0 && !aei_mul(&bytes, bytes, size[d])) {
      char text[AEI_SHAPE_CAPACITY];
      return aei_fail(AE_ESHAPE, "a tensor of size %s is larger than the address space",
                      ae_shape_string(text, sizeof text, ndim, size));
    }
  }
  *out = empty ? 0 : bytes / 8;
  return AE_OK;
}

void aei_contiguous_strides(int64_t *stride, int ndim, const int64_t *size) {
  int64_t step = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    stride[d] = step;
    step *= size[d];
  }
}

bool aei_same_sizes(int na, const int64_t *a, int nb, const int64_t *b) {
  return na == nb && (na == 0 || memcmp(a, b, (size_t)na * sizeof *a) == 0);
}

ae_status aei_check_dim(const char *operation, const ae_tensor *t, int dim) {
  if (dim >= 0 && dim < t->ndim) return AE_OK;
  return aei_fail(AE_EARG, "%s: dimension %d of a tensor with %d (%s)", operation, dim + 1, t->ndim,
                  AEI_SHAPE(t));
}

const char *ae_shape_string(char *buffer, size_t capacity, int ndim, const int64_t *size) {
  if (ndim == 0) {
    snprintf(buffer, capacity, "(empty)");
    return buffer;
  }
  size_t used = 0;
  for (int d = 0; d < ndim && used < capacity; d++) {
    int n = snprintf(buffer + used, capacity - used, d ? "x%lld" : "%lld", (long long)size[d]);
    used += (size_t)n;
  }
  return buffer;
}
