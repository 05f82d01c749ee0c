/* index.c - slices chosen by a list of numbers. */
#include "math/math.h"

/* The k-th entry of a checked Long vector. */
static int64_t entry(const ae_tensor *index, int64_t k) {
  return ((const int64_t *)ae_data(index))[k * index->stride[0]];
}

static ae_status check_list(const char *name, const ae_tensor *x, int dim, const ae_tensor *index) {
  AEI_TRY(aei_check_dim(name, x, dim));
  AEI_TRY(aei_check_index(name, index));
  if (index->ndim != 1)
    return aei_fail(AE_ESHAPE, "%s: the index is %s and must be a vector", name, AEI_SHAPE(index));
  for (int64_t k = 0; k < index->size[0]; k++)
    if (entry(index, k) < 0 || entry(index, k) >= x->size[dim])
      return aei_fail(AE_EARG, "%s: index %lld (entry %lld) is out of range 1..%lld", name,
                      (long long)entry(index, k) + 1, (long long)k + 1, (long long)x->size[dim]);
  return AE_OK;
}

/* What is done with slice index[k] of `whole` and slice k of `list`. */
typedef ae_status slice_action(ae_tensor *whole, ae_tensor *list);

static ae_status read_slice(ae_tensor *whole, ae_tensor *list) { return ae_copy(list, whole); }
static ae_status write_slice(ae_tensor *whole, ae_tensor *list) { return ae_copy(whole, list); }
static ae_status add_slice(ae_tensor *whole, ae_tensor *list) {
  return ae_map2(AE_ADD, whole, whole, list, 1);
}

static ae_status each_slice(const ae_tensor *whole, const ae_tensor *list, int dim,
                            const ae_tensor *index, slice_action *act) {
  ae_tensor a = ae_tensor_local(whole->type), b = ae_tensor_local(list->type);
  ae_status status = AE_OK;
  for (int64_t k = 0; k < index->size[0] && status == AE_OK; k++) {
    status = ae_narrow(&a, whole, dim, entry(index, k), 1);
    if (status == AE_OK) status = ae_narrow(&b, list, dim, k, 1);
    if (status == AE_OK) status = act(&a, &b);
  }
  ae_tensor_clear(&a);
  ae_tensor_clear(&b);
  return status;
}

ae_status ae_index_select(ae_tensor *y, const ae_tensor *x, int dim, const ae_tensor *index) {
  AEI_TRY(check_list("index", x, dim, index));
  int64_t size[AE_MAXDIM];
  for (int d = 0; d < x->ndim; d++) size[d] = d == dim ? index->size[0] : x->size[d];
  if (!aei_overlap(x, y)) {
    AEI_TRY(aei_prepare(y, x->type, x->ndim, size));
    return each_slice(x, y, dim, index, read_slice);
  }
  ae_tensor copy = ae_tensor_local(x->type);
  ae_status status = ae_convert(&copy, x);
  if (status == AE_OK) status = aei_prepare(y, x->type, copy.ndim, size);
  if (status == AE_OK) status = each_slice(&copy, y, dim, index, read_slice);
  ae_tensor_clear(&copy);
  return status;
}

/* Whether list has whole's sizes but for dim, where it has as many slices as the index entries. */
static ae_status check_slices(const char *name, const ae_tensor *whole, const ae_tensor *list,
                              int dim, const ae_tensor *index) {
  AEI_TRY(check_list(name, whole, dim, index));
  AEI_TRY(aei_check_types(name, whole, list));
  bool fits = whole->ndim == list->ndim;
  for (int d = 0; fits && d < whole->ndim; d++)
    fits = list->size[d] == (d == dim ? index->size[0] : whole->size[d]);
  if (fits) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: %s does not hold %lld slices of dimension %d of %s", name,
                  AEI_SHAPE(list), (long long)index->size[0], dim + 1, AEI_SHAPE(whole));
}

ae_status ae_index_copy(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x) {
  AEI_TRY(check_slices("indexCopy", y, x, dim, index));
  return each_slice(y, x, dim, index, write_slice);
}

ae_status ae_index_add(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x) {
  AEI_TRY(check_slices("indexAdd", y, x, dim, index));
  return each_slice(y, x, dim, index, add_slice);
}

ae_status ae_index_fill(ae_tensor *y, int dim, const ae_tensor *index, ae_number value) {
  AEI_TRY(check_list("indexFill", y, dim, index));
  ae_tensor slice = ae_tensor_local(y->type);
  ae_status status = AE_OK;
  for (int64_t k = 0; k < index->size[0] && status == AE_OK; k++) {
    status = ae_narrow(&slice, y, dim, entry(index, k), 1);
    if (status == AE_OK) status = ae_fill(&slice, value);
  }
  ae_tensor_clear(&slice);
  return status;
}
