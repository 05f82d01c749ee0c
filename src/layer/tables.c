/* tables.c - what layers with a table of tensors as input have in common: tensors of the same
 * sizes, combined element by element. */
#include "layer/layer.h"

ae_status aei_check_alike(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_tensors(m, x, 0));
  for (int i = 1; i < x->nparts; i++)
    if (!ae_same_size(x->part[i], x->part[0]))
      return aei_fail(AE_ESHAPE, "%s: input[%d] is %s, input[1] is %s", AEI_NAME(m), i + 1,
                      AEI_SHAPE(x->part[i]), AEI_SHAPE(x->part[0]));
  return AE_OK;
}

ae_status aei_check_pair(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_tensors(m, x, 2));
  return aei_check_alike(m, x);
}

ae_status aei_begin_alike(ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_alike(m, x));
  AEI_TRY(aei_check_again(m, x->part[0]));
  return aei_resize_parts(m->grad_input, x);
}

/* ---- folds: y = op(...op(op(x1, x2), x3)...) ---- */

ae_status aei_table_fold(ae_module *m, ae_tensor *x, ae_map2_op op, double a) {
  AEI_TRY(aei_check_alike(m, x));
  if (x->nparts == 1) return ae_convert(m->output, x->part[0]);
  AEI_TRY(ae_map2(op, m->output, x->part[0], x->part[1], a));
  for (int i = 2; i < x->nparts; i++) AEI_TRY(ae_map2(op, m->output, m->output, x->part[i], a));
  return AE_OK;
}

/* ---- the largest or smallest of each place ---- */

enum { PLACES }; /* which tensor it was in, counted from 0 */
const ae_buffer aei_table_extreme_buffers[] = {{"places", NULL}, {0}};

typedef struct job {
  ae_type type;
  bool largest;
  int i; /* the tensor */
} job;

/* A NaN is the extreme; of equal ones the first. */
#define DEFINE_LOOPS(T)                                                                 \
  static void better_##T(const job *j, int64_t n, T *y, T *place, const T *x) {         \
    for (int64_t k = 0; k < n; k++) {                                                   \
      bool better = j->largest ? x[k] > y[k] : x[k] < y[k];                             \
      if (!better && !(x[k] != x[k] && y[k] == y[k])) continue;                         \
      y[k] = x[k];                                                                      \
      place[k] = (T)j->i;                                                               \
    }                                                                                   \
  }                                                                                     \
  static void choose_##T(const job *j, int64_t n, T *gx, const T *place, const T *gy) { \
    for (int64_t k = 0; k < n; k++) gx[k] = place[k] == (T)j->i ? gy[k] : 0;            \
  }
DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

static void better(void *context, int64_t first, int64_t n, void *const *ptr) {
  const job *j = context;
  (void)first;
  if (j->type == AE_FLOAT)
    better_float(j, n, ptr[0], ptr[1], ptr[2]);
  else
    better_double(j, n, ptr[0], ptr[1], ptr[2]);
}

static void choose(void *context, int64_t first, int64_t n, void *const *ptr) {
  const job *j = context;
  (void)first;
  if (j->type == AE_FLOAT)
    choose_float(j, n, ptr[0], ptr[1], ptr[2]);
  else
    choose_double(j, n, ptr[0], ptr[1], ptr[2]);
}

ae_status aei_table_extreme_forward(ae_module *m, ae_tensor *x, bool largest) {
  ae_tensor *y = m->output, *places = m->buffer[PLACES];
  AEI_TRY(aei_check_alike(m, x));
  AEI_TRY(ae_convert(y, x->part[0]));
  AEI_TRY(ae_resize_as(places, y));
  AEI_TRY(ae_fill(places, ae_from_int(0)));
  for (int i = 1; i < x->nparts; i++) {
    job j = {m->type, largest, i};
    aei_iterate(2, 3, (const ae_tensor *[]){y, places, x->part[i]}, better, &j);
  }
  return AE_OK;
}

ae_status aei_table_extreme_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  const ae_tensor *places = m->buffer[PLACES];
  AEI_TRY(aei_begin_alike(m, x));
  if (!ae_same_size(places, gy)) return aei_fail_again(m, x->part[0]);
  for (int i = 0; i < x->nparts; i++) {
    job j = {.type = m->type, .i = i};
    aei_iterate(1, 3, (const ae_tensor *[]){m->grad_input->part[i], places, gy}, choose, &j);
  }
  return AE_OK;
}

/* ---- parts that are passed on ---- */

ae_status aei_zero_but(ae_module *m, const ae_tensor *x, int first, int count,
                       ae_tensor *const *grad) {
  ae_tensor *zeros = m->buffer[0], *gx = m->grad_input;
  AEI_TRY(ae_table_resize(zeros, x->nparts));
  AEI_TRY(ae_table_resize(gx, x->nparts));
  for (int i = 0; i < x->nparts; i++) {
    if (i >= first && i < first + count) {
      if (!aei_same_parts(grad[i - first], x->part[i])) return aei_fail_again(m, x);
      AEI_TRY(ae_table_set(gx, i, grad[i - first]));
      continue;
    }
    AEI_TRY(aei_resize_parts(zeros->part[i], x->part[i]));
    AEI_TRY(aei_zero_parts(zeros->part[i]));
    AEI_TRY(ae_table_set(gx, i, zeros->part[i]));
  }
  return AE_OK;
}

const ae_buffer aei_zeros_buffers[] = {{"zeros", NULL}, {0}};
