/* pointwise.c - layers y_i = f(x_i) whose formula is in their own file: computed in double, block
 * by block, for tensors of any strides. */
#include "layer/layer.h"

ae_status aei_fail_again(const ae_module *m, const ae_tensor *x) {
  return aei_fail(AE_ESHAPE, "%s: input is %s in backward, but forward's output was %s",
                  AEI_NAME(m), AEI_SHAPE(x), AEI_SHAPE(m->output));
}

ae_status aei_check_again(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (ae_same_size(x, m->output)) return AE_OK;
  return aei_fail_again(m, x);
}

typedef struct job {
  const ae_module *m;
  aei_point *f;
} job;

/* In blocks of AEI_BLOCK: operand `i` of a piece, n elements from `first` on, to or from doubles.
 */
static void load(const job *j, double *to, void *const *ptr, int i, int64_t first, int64_t n) {
  const char *from = (const char *)ptr[i] + (size_t)first * ae_type_size(j->m->type);
  aei_kernels_now()->convert[AE_DOUBLE][j->m->type](n, to, from);
}

static void store(const job *j, void *const *ptr, int64_t first, int64_t n, const double *from) {
  char *to = (char *)ptr[0] + (size_t)first * ae_type_size(j->m->type);
  aei_kernels_now()->convert[j->m->type][AE_DOUBLE](n, to, from);
}

static int64_t block_size(int64_t left) { return left < AEI_BLOCK ? left : AEI_BLOCK; }

static void forward_blocks(void *context, int64_t number, int64_t count, void *const *ptr) {
  _Alignas(AEI_ALIGN) double x[AEI_BLOCK], y[AEI_BLOCK];
  const job *j = context;
  (void)number;
  for (int64_t first = 0; first < count; first += AEI_BLOCK) {
    int64_t n = block_size(count - first);
    load(j, x, ptr, 1, first, n);
    j->f(j->m, n, y, x);
    store(j, ptr, first, n, y);
  }
}

static void backward_blocks(void *context, int64_t number, int64_t count, void *const *ptr) {
  _Alignas(AEI_ALIGN) double x[AEI_BLOCK], slope[AEI_BLOCK], gy[AEI_BLOCK];
  const job *j = context;
  (void)number;
  for (int64_t first = 0; first < count; first += AEI_BLOCK) {
    int64_t n = block_size(count - first);
    load(j, x, ptr, 2, first, n);
    load(j, gy, ptr, 1, first, n);
    j->f(j->m, n, slope, x);
    for (int64_t i = 0; i < n; i++) slope[i] *= gy[i];
    store(j, ptr, first, n, slope);
  }
}

/* max(a x, 0) + log(1 + e^-|a x|) */
void aei_softplus(int64_t n, double *y, const double *x, double a) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  k->map1[AE_MUL_SCALAR](n, y, x, a, 0);
  k->map1[AE_ABS](n, y, y, 0, 0);
  k->map1[AE_NEG](n, y, y, 0, 0);
  k->map1[AE_EXP](n, y, y, 0, 0);
  k->map1[AE_LOG1P](n, y, y, 0, 0);
  for (int64_t i = 0; i < n; i++) y[i] += a * x[i] > 0 ? a * x[i] : 0;
}

double aei_rounded_option(const ae_module *m, int i) {
  double value = m->option[i].number;
  return m->type == AE_FLOAT ? (double)(float)value : value;
}

ae_status aei_point_forward(ae_module *m, ae_tensor *x, aei_point *value) {
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(ae_resize_as(m->output, x));
  aei_iterate(1, 2, (const ae_tensor *[]){m->output, x}, forward_blocks, &(job){m, value});
  return AE_OK;
}

ae_status aei_point_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_point *slope) {
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  aei_iterate(1, 3, (const ae_tensor *[]){m->grad_input, gy, x}, backward_blocks, &(job){m, slope});
  return AE_OK;
}
