/* line.c - one dimension's lines as contiguous memory, for reductions, sorting and the like. */
#include "math/math.h"

bool aei_overlap(const ae_tensor *a, const ae_tensor *b) {
  return a->storage && a->storage == b->storage;
}

ae_status aei_lanes_begin(aei_lanes *l, const char *operation, const ae_tensor *x, int dim,
                          bool fresh) {
  AEI_TRY(aei_check_dim(operation, x, dim));
  ae_tensor moved = ae_tensor_local(x->type);
  l->x = ae_tensor_local(x->type);
  l->dim = dim;
  l->length = x->size[dim];
  l->count = l->length > 0 ? ae_nelement(x) / l->length : 0;
  AEI_TRY(ae_transpose(&moved, x, dim, x->ndim - 1));
  ae_status status =
      fresh || !ae_is_contiguous(&moved) ? ae_convert(&l->x, &moved) : ae_set(&l->x, &moved);
  ae_tensor_clear(&moved);
  return status;
}

void aei_lanes_end(aei_lanes *l) { ae_tensor_clear(&l->x); }

/* x's sizes with `length` along dim. */
static void result_sizes(int64_t *size, const aei_lanes *l, int64_t length) {
  int last = l->x.ndim - 1;
  for (int d = 0; d <= last; d++) size[d] = l->x.size[d];
  size[last] = l->x.size[l->dim];
  size[l->dim] = length;
}

ae_status aei_lanes_result(aei_lines *out, const aei_lanes *l, ae_tensor *y, ae_type type,
                           int64_t length) {
  int64_t size[AE_MAXDIM];
  int last = l->x.ndim - 1;
  result_sizes(size, l, length);
  AEI_TRY(aei_prepare(y, type, last + 1, size));
  ae_tensor moved = ae_tensor_local(type);
  AEI_TRY(ae_transpose(&moved, y, l->dim, last));
  *out = aei_lines_of(&moved, last);
  ae_tensor_clear(&moved);
  return AE_OK;
}

ae_status aei_lanes_results(aei_lines *out, aei_lines *out_index, const aei_lanes *l, ae_tensor *y,
                            ae_tensor *index, int64_t length) {
  int64_t size[AE_MAXDIM];
  result_sizes(size, l, length);
  AEI_TRY(aei_reserve(y, l->x.ndim, size));
  AEI_TRY(aei_reserve(index, l->x.ndim, size));
  AEI_TRY(aei_lanes_result(out, l, y, l->x.type, length));
  return aei_lanes_result(out_index, l, index, AE_LONG, length);
}

int64_t aei_lanes_grain(const aei_lanes *l) {
  int64_t grain = AEI_GRAIN / (l->length > 0 ? l->length : 1);
  return grain > 0 ? grain : 1;
}
