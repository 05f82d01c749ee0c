/* table.c - tables of tensors: their parts, and what is done to all of them.
 *
 *     {x, {y, z}}      nparts 2 -> part[0]: x
 *                                  part[1]: nparts 2 -> y, z
 */
#include "core/core.h"

#include <stdio.h>
#include <string.h>

const char *aei_shape(char *buffer, size_t capacity, const ae_tensor *t) {
  if (t->nparts == 0) return ae_shape_string(buffer, capacity, t->ndim, t->size);
  snprintf(buffer, capacity, "a table of %d tensor%s", t->nparts, t->nparts > 1 ? "s" : "");
  return buffer;
}

/* ---- parts ---- */

static void release_parts(ae_tensor **part, int begin, int end) {
  for (int i = begin; i < end; i++) ae_tensor_release(part[i]);
}

void aei_drop_parts(ae_tensor *t) {
  ae_tensor **part = t->part;
  int n = t->nparts;
  if (!part) return;
  t->part = NULL;
  t->nparts = 0;
  release_parts(part, 0, n);
  aei_free(part);
}

/* The old parts and new ones behind them, up to n. */
static ae_status grow(ae_tensor *t, int n) {
  ae_tensor **part = aei_alloc((size_t)n * sizeof(ae_tensor *));
  if (!part) return AE_EMEM;
  for (int i = t->nparts; i < n; i++) {
    if (ae_tensor_new(&part[i], t->type) == AE_OK) continue;
    release_parts(part, t->nparts, i);
    aei_free(part);
    return AE_EMEM;
  }
  for (int i = 0; i < t->nparts; i++) part[i] = t->part[i];
  aei_free(t->part);
  t->part = part;
  t->nparts = n;
  return AE_OK;
}

ae_status ae_table_resize(ae_tensor *t, int n) {
  if (n < 1) return aei_fail(AE_EARG, "a table of tensors has at least one");
  if (n > t->nparts) AEI_TRY(grow(t, n));
  int surplus = t->nparts;
  t->nparts = n;
  release_parts(t->part, n, surplus);
  ae_storage *old = t->storage;
  t->storage = NULL;
  t->ndim = 0;
  t->offset = 0;
  ae_storage_release(old);
  return AE_OK;
}

/* Whether `part` may be inside of t, `levels` of tables being left for it. */
static ae_status check_part(const ae_tensor *t, const ae_tensor *part, int levels) {
  if (part == t) return aei_fail(AE_EARG, "a table of tensors cannot hold itself");
  if (part->nparts == 0) return AE_OK;
  if (levels == 0) return aei_fail(AE_EARG, "tables of tensors are more than %d deep", AE_MAXDEPTH);
  for (int i = 0; i < part->nparts; i++) AEI_TRY(check_part(t, part->part[i], levels - 1));
  return AE_OK;
}

ae_status ae_table_set(ae_tensor *t, int i, ae_tensor *part) {
  if (i < 0 || i >= t->nparts)
    return aei_fail(AE_EARG, "there is no tensor %d in %s", i + 1, AEI_SHAPE(t));
  if (part == t->part[i]) return AE_OK;
  AEI_TRY(check_part(t, part, AE_MAXDEPTH - 1));
  ae_tensor *old = t->part[i];
  t->part[i] = ae_tensor_retain(part);
  ae_tensor_release(old);
  return AE_OK;
}

/* ---- all parts ---- */

bool aei_same_parts(const ae_tensor *a, const ae_tensor *b) {
  if (a->nparts != b->nparts || !ae_same_size(a, b)) return false;
  for (int i = 0; i < a->nparts; i++)
    if (!aei_same_parts(a->part[i], b->part[i])) return false;
  return true;
}

bool aei_is_in(const ae_tensor *x, const ae_tensor *t) {
  if (x == t) return true;
  for (int i = 0; i < x->nparts; i++)
    if (aei_is_in(x->part[i], t)) return true;
  return false;
}

ae_status aei_resize_parts(ae_tensor *y, const ae_tensor *x) {
  if (x->nparts == 0) return ae_resize_as(y, x);
  AEI_TRY(ae_table_resize(y, x->nparts));
  for (int i = 0; i < x->nparts; i++) AEI_TRY(aei_resize_parts(y->part[i], x->part[i]));
  return AE_OK;
}

ae_status aei_copy_parts(ae_tensor *y, const ae_tensor *x) {
  if (x->nparts == 0) return ae_copy(y, x);
  for (int i = 0; i < x->nparts; i++) AEI_TRY(aei_copy_parts(y->part[i], x->part[i]));
  return AE_OK;
}

ae_status aei_zero_parts(ae_tensor *y) {
  if (y->nparts == 0) return ae_fill(y, ae_from_int(0));
  for (int i = 0; i < y->nparts; i++) AEI_TRY(aei_zero_parts(y->part[i]));
  return AE_OK;
}

ae_status aei_sum_parts(ae_tensor *y, const ae_tensor *a, const ae_tensor *b) {
  if (a->nparts != b->nparts)
    return aei_fail(AE_ESHAPE, "%s cannot be added to %s", AEI_SHAPE(b), AEI_SHAPE(a));
  if (a->nparts == 0) return ae_map2(AE_ADD, y, a, b, 1);
  AEI_TRY(ae_table_resize(y, a->nparts));
  for (int i = 0; i < a->nparts; i++) AEI_TRY(aei_sum_parts(y->part[i], a->part[i], b->part[i]));
  return AE_OK;
}
