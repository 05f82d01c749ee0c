/* pairs.c - layers and losses of two tensors: row by row, or as factors of a product. */
#include "layer/layer.h"

#include <math.h>

enum { BLOCK = 256 };
static const double EPS = 1e-12; /* keeps the cosine of a zero vector finite */

/* ---- rows ---- */

ae_status aei_check_rows(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_pair(m, x));
  if (x->part[0]->ndim <= 2) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input[1] is %s, want 1 or 2 dimensions", AEI_NAME(m),
                  AEI_SHAPE(x->part[0]));
}

int64_t aei_pair_rows(const ae_tensor *x) {
  return x->part[0]->ndim == 2 ? x->part[0]->size[0] : 1;
}

void aei_each_row(const ae_tensor *a, const ae_tensor *b, const ae_tensor *c, aei_line_body *body,
                  void *context) {
  const ae_tensor *all[] = {a, b, c};
  aei_each_line(a ? 3 : 2, a ? all : all + 1, b->ndim - 1, body, context);
}

aei_line aei_vector(const ae_tensor *t) { return (aei_line){t, t->offset, t->stride[0]}; }

static int64_t block_size(int64_t left) { return left < BLOCK ? left : BLOCK; }

double aei_line_dot(const aei_line *a, const aei_line *b, int64_t n) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double block_a[BLOCK], block_b[BLOCK], sum = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block_a, a, first, count);
    aei_line_load(block_b, b, first, count);
    sum += ae_to_double(k->dot(count, block_a, block_b));
  }
  return sum;
}

/* ---- cosines ---- */

double aei_cosine(const aei_line *a, const aei_line *b, int64_t n) {
  double aa = aei_line_power_sum(a, n, 2) + EPS, bb = aei_line_power_sum(b, n, 2) + EPS;
  return aei_line_dot(a, b, n) / sqrt(aa * bb);
}

/* dcos/da = (b - a (a b) / (a a)) / sqrt((a a) (b b)) */
void aei_cosine_slope(const aei_line *to, const aei_line *a, const aei_line *b, int64_t n,
                      double scale) {
  double aa = aei_line_power_sum(a, n, 2) + EPS, bb = aei_line_power_sum(b, n, 2) + EPS;
  const double share = aei_line_dot(a, b, n) / aa;
  double block_a[BLOCK], block_b[BLOCK];
  scale /= sqrt(aa * bb);
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block_a, a, first, count);
    aei_line_load(block_b, b, first, count);
    for (int64_t i = 0; i < count; i++) block_a[i] = scale * (block_b[i] - share * block_a[i]);
    aei_line_store(to, first, count, block_a);
  }
}

/* ---- products ---- */

/* A view of t, its last two dimensions the other way round if asked for. */
static ae_status turn(ae_tensor *view, const ae_tensor *t, bool transpose) {
  if (!transpose) return ae_set(view, t);
  return ae_transpose(view, t, t->ndim - 2, t->ndim - 1);
}

ae_status aei_product(ae_tensor *y, const ae_tensor *a, bool transpose_a, const ae_tensor *b,
                      bool transpose_b) {
  ae_tensor left = ae_tensor_local(y->type), right = ae_tensor_local(y->type);
  ae_status status = turn(&left, a, transpose_a);
  if (status == AE_OK) status = turn(&right, b, transpose_b);
  if (status == AE_OK)
    status = (a->ndim == 3 ? ae_baddbmm : ae_addmm)(y, 0, NULL, 1, &left, &right);
  ae_tensor_clear(&left);
  ae_tensor_clear(&right);
  return status;
}
