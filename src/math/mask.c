/* mask.c - elements chosen by a mask of bytes, and the places of those that are not zero. */
#include "math/math.h"

#include <string.h>

/* A tensor's elements one after another as bytes: t itself when contiguous, else a copy in *copy.
 */
static ae_status flat(const char **data, const ae_tensor *t, ae_tensor *copy) {
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, t, copy));
  *data = ae_data(c);
  return AE_OK;
}

static ae_status check_mask(const char *name, const ae_tensor *t, const ae_tensor *mask) {
  if (mask->type != AE_BYTE)
    return aei_fail(AE_ETYPE, "%s: the mask is a %sTensor and must be a ByteTensor", name,
                    ae_type_name(mask->type));
  return aei_check_counts(name, t, mask);
}

static int64_t count_set(const uint8_t *mask, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) count += mask[i] != 0;
  return count;
}

typedef struct fill_job {
  size_t size;
  const char *value;
} fill_job;

static void fill_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const fill_job *j = context;
  const uint8_t *mask = ptr[1];
  for (int64_t i = 0; i < count; i++)
    if (mask[i]) memcpy((char *)ptr[0] + (size_t)i * j->size, j->value, j->size);
}

ae_status ae_masked_fill(ae_tensor *y, const ae_tensor *mask, ae_number value) {
  AEI_TRY(check_mask("maskedFill", y, mask));
  ae_tensor one = ae_tensor_local(y->type);
  ae_status status = ae_resize(&one, 1, (int64_t[]){1});
  if (status == AE_OK) status = ae_fill(&one, value);
  if (status == AE_OK) {
    fill_job j = {ae_type_size(y->type), ae_data(&one)};
    aei_iterate(1, 2, (const ae_tensor *[]){y, mask}, fill_block, &j);
  }
  ae_tensor_clear(&one);
  return status;
}

ae_status ae_masked_copy(ae_tensor *y, const ae_tensor *mask, const ae_tensor *x) {
  AEI_TRY(check_mask("maskedCopy", y, mask));
  AEI_TRY(aei_check_types("maskedCopy", y, x));
  ae_tensor mask_copy = ae_tensor_local(AE_BYTE), x_copy = ae_tensor_local(x->type);
  ae_tensor y_copy = ae_tensor_local(y->type);
  const char *bytes, *from = NULL;
  int64_t n = ae_nelement(y), wanted = 0;
  size_t size = ae_type_size(y->type);
  ae_status status = flat(&bytes, mask, &mask_copy);
  if (status == AE_OK) status = flat(&from, x, &x_copy);
  if (status == AE_OK) wanted = count_set((const uint8_t *)bytes, n);
  if (status == AE_OK && wanted > ae_nelement(x))
    status = aei_fail(AE_ESHAPE, "maskedCopy: the mask chooses %lld elements, the source has %lld",
                      (long long)wanted, (long long)ae_nelement(x));
  if (status == AE_OK) status = ae_convert(&y_copy, y);
  if (status == AE_OK) {
    char *to = ae_data(&y_copy);
    for (int64_t i = 0; i < n; i++) {
      if (!bytes[i]) continue;
      memcpy(to + (size_t)i * size, from, size);
      from += size;
    }
    status = ae_copy(y, &y_copy);
  }
  ae_tensor_clear(&mask_copy);
  ae_tensor_clear(&x_copy);
  ae_tensor_clear(&y_copy);
  return status;
}

ae_status ae_masked_select(ae_tensor *y, const ae_tensor *x, const ae_tensor *mask) {
  AEI_TRY(check_mask("maskedSelect", x, mask));
  AEI_TRY(aei_check_types("maskedSelect", y, x));
  ae_tensor mask_copy = ae_tensor_local(AE_BYTE), x_copy = ae_tensor_local(x->type);
  ae_tensor result = ae_tensor_local(x->type);
  const char *bytes, *from = NULL;
  int64_t n = ae_nelement(x), count = 0;
  size_t size = ae_type_size(x->type);
  ae_status status = flat(&bytes, mask, &mask_copy);
  if (status == AE_OK) status = flat(&from, x, &x_copy);
  if (status == AE_OK) {
    count = count_set((const uint8_t *)bytes, n);
    status = ae_resize(&result, 1, &count);
  }
  if (status == AE_OK) {
    char *to = ae_data(&result);
    for (int64_t i = 0; i < n; i++) {
      if (!bytes[i]) continue;
      memcpy(to, from + (size_t)i * size, size);
      to += size;
    }
    status = ae_convert(y, &result);
  }
  ae_tensor_clear(&mask_copy);
  ae_tensor_clear(&x_copy);
  ae_tensor_clear(&result);
  return status;
}

/* Row-major number -> one index per dimension. */
static void place_of(int64_t *index, const ae_tensor *t, int64_t element) {
  for (int d = t->ndim - 1; d >= 0; d--) {
    index[d] = element % t->size[d];
    element /= t->size[d];
  }
}

ae_status ae_nonzero(ae_tensor *index, const ae_tensor *x) {
  AEI_TRY(aei_check_index("nonzero", index));
  ae_tensor set = ae_tensor_local(AE_BYTE);
  AEI_TRY(ae_compare_scalar(AE_NE, &set, x, ae_from_int(0)));
  int64_t n = ae_nelement(x), count = count_set(ae_data(&set), n), shape[] = {count, x->ndim};
  ae_tensor places = ae_tensor_local(AE_LONG);
  ae_status status = ae_resize(&places, count > 0 ? 2 : 0, shape);
  if (status == AE_OK && count > 0) {
    const uint8_t *byte = ae_data(&set);
    int64_t *at = ae_data(&places);
    for (int64_t i = 0; i < n; i++) {
      if (!byte[i]) continue;
      place_of(at, x, i);
      at += x->ndim;
    }
  }
  if (status == AE_OK) status = ae_resize(index, places.ndim, shape); /* which may be x */
  if (status == AE_OK && count > 0) status = ae_copy(index, &places);
  ae_tensor_clear(&places);
  ae_tensor_clear(&set);
  return status;
}
