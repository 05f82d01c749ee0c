/* copy.c - moving elements between tensors of any types and strides. */
#include "core/core.h"
#include "kernel/kernel.h"

#include <string.h>

typedef struct copy_job {
  ae_type to, from;
} copy_job;

static void copy_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const copy_job *job = context;
  if (ptr[0] == ptr[1]) return;
  if (job->to == job->from)
    memmove(ptr[0], ptr[1], (size_t)count * ae_type_size(job->to));
  else
    aei_kernels_now()->convert[job->to][job->from](count, ptr[0], ptr[1]);
}

ae_status ae_copy(ae_tensor *dst, const ae_tensor *src) {
  if (ae_nelement(dst) != ae_nelement(src))
    return aei_fail(AE_ESHAPE, "copy: %lld elements (%s) into %lld (%s)",
                    (long long)ae_nelement(src), AEI_SHAPE(src), (long long)ae_nelement(dst),
                    AEI_SHAPE(dst));
  copy_job job = {dst->type, src->type};
  aei_iterate(1, 2, (const ae_tensor *[]){dst, src}, copy_block, &job);
  return AE_OK;
}

ae_status ae_convert(ae_tensor *dst, const ae_tensor *src) {
  AEI_TRY(ae_resize_as(dst, src));
  return ae_copy(dst, src);
}

ae_status aei_convert_all(int n, ae_tensor *const *y, const ae_tensor *const *x) {
  for (int i = 0; i < n; i++) AEI_TRY(aei_reserve(y[i], x[i]->ndim, x[i]->size));
  for (int i = 0; i < n; i++) AEI_TRY(ae_convert(y[i], x[i]));
  return AE_OK;
}

static ae_status clone_parts(ae_tensor *to, const ae_tensor *from) {
  AEI_TRY(ae_table_resize(to, from->nparts));
  for (int i = 0; i < from->nparts; i++) {
    ae_tensor *part;
    AEI_TRY(ae_clone(&part, from->part[i]));
    ae_status status = ae_table_set(to, i, part);
    ae_tensor_release(part);
    AEI_TRY(status);
  }
  return AE_OK;
}

ae_status ae_clone(ae_tensor **out, const ae_tensor *src) {
  ae_tensor *t;
  AEI_TRY(ae_tensor_new_sized(&t, src->type, src->ndim, src->size));
  ae_status status = src->nparts > 0 ? clone_parts(t, src) : ae_copy(t, src);
  if (status != AE_OK) return ae_tensor_release(t), status;
  *out = t;
  return AE_OK;
}

ae_status aei_contiguous(const ae_tensor **out, const ae_tensor *x, ae_tensor *copy) {
  *out = x;
  if (ae_is_contiguous(x)) return AE_OK;
  AEI_TRY(ae_convert(copy, x));
  *out = copy;
  return AE_OK;
}
