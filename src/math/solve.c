/* solve.c - linear equations: by Gaussian elimination with row exchanges, and Cholesky's
 * decomposition, in double. */
#include "math/dense.h"

#include <math.h>
#include <string.h>

/* ---- elimination: the rows of a, exchanged, = L U ---- */

typedef struct elimination {
  double *a; /* (n,n): below the diagonal L, whose diagonal is 1; U */
  int64_t n, k;
  double *b; /* (n,columns), for the substitutions */
  int64_t columns;
} elimination;

static void exchange(double *a, int64_t columns, int64_t i, int64_t j) {
  double *restrict x = a + i * columns, *restrict y = a + j * columns;
  for (int64_t c = 0; c < columns && i != j; c++) {
    const double keep = x[c];
    x[c] = y[c], y[c] = keep;
  }
}

/* Subtracts row k from the rows below, which are k+1+begin .. k+end. */
static void eliminate_rows(void *context, int64_t begin, int64_t end) {
  const elimination *g = context;
  const double *pivot = g->a + g->k * g->n;
  for (int64_t i = g->k + 1 + begin; i < g->k + 1 + end; i++) {
    double *x = g->a + i * g->n;
    x[g->k] /= pivot[g->k];
    aei_dense_subtract(g->n - g->k - 1, x + g->k + 1, x[g->k], pivot + g->k + 1);
  }
}

/* Row of the largest magnitude in column k, at or below the diagonal. */
static int64_t find_pivot(const elimination *g) {
  int64_t best = g->k;
  for (int64_t i = g->k + 1; i < g->n; i++)
    if (fabs(g->a[i * g->n + g->k]) > fabs(g->a[best * g->n + g->k])) best = i;
  return best;
}

/* Does to b's rows the exchanges of a's too. */
static ae_status eliminate(const char *operation, elimination *g) {
  for (g->k = 0; g->k < g->n; g->k++) {
    const int64_t pivot = find_pivot(g), below = g->n - g->k - 1;
    if (g->a[pivot * g->n + g->k] == 0)
      return aei_fail(AE_EARG, "%s: the matrix is singular (pivot %lld of %lld is 0)", operation,
                      (long long)g->k + 1, (long long)g->n);
    exchange(g->a, g->n, g->k, pivot);
    exchange(g->b, g->columns, g->k, pivot);
    if (below > 0) aei_parallel(below, aei_dense_grain(below), eliminate_rows, g);
  }
  return AE_OK;
}

/* L (U b) = b for some columns: from the first row down, then from the last one up. */
static void substitute_columns(void *context, int64_t begin, int64_t end) {
  const elimination *g = context;
  const int64_t n = g->n, count = end - begin;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++)
      aei_dense_subtract(count, g->b + i * g->columns + begin, g->a[i * n + j],
                         g->b + j * g->columns + begin);
  for (int64_t i = n - 1; i >= 0; i--) {
    double *x = g->b + i * g->columns + begin;
    for (int64_t j = i + 1; j < n; j++)
      aei_dense_subtract(count, x, g->a[i * n + j], g->b + j * g->columns + begin);
    for (int64_t c = 0; c < count; c++) x[c] /= g->a[i * n + i];
  }
}

/* b becomes the solution of a x = b, a its decomposition. */
static ae_status solve(const char *operation, ae_tensor *a, ae_tensor *b) {
  enum { COLUMNS = 32 };
  elimination g = {ae_data(a), a->size[0], 0, ae_data(b), b->size[1]};
  AEI_TRY(eliminate(operation, &g));
  aei_parallel(g.columns, COLUMNS, substitute_columns, &g);
  return AE_OK;
}

ae_status ae_gesv(ae_tensor *x, ae_tensor *lu, const ae_tensor *b, const ae_tensor *a) {
  AEI_TRY(aei_dense_square("gesv", a));
  AEI_TRY(aei_check_types("gesv", b, a));
  if (b->ndim != 2 || b->size[0] != a->size[0])
    return aei_fail(AE_ESHAPE, "gesv: b is %s, want %lld rows (a is %s)", AEI_SHAPE(b),
                    (long long)a->size[0], AEI_SHAPE(a));
  ae_tensor left = ae_tensor_local(AE_DOUBLE), right = left;
  ae_status status = aei_dense_copy(&left, "gesv", a);
  if (status == AE_OK) status = aei_dense_copy(&right, "gesv", b);
  if (status == AE_OK) status = solve("gesv", &left, &right);
  if (status == AE_OK)
    status = aei_convert_all(2, (ae_tensor *[]){x, lu}, (const ae_tensor *[]){&right, &left});
  ae_tensor_clear(&left);
  ae_tensor_clear(&right);
  return status;
}

ae_status ae_inverse(ae_tensor *y, const ae_tensor *x) {
  AEI_TRY(aei_dense_square("inverse", x));
  ae_tensor left = ae_tensor_local(AE_DOUBLE), right = left;
  ae_status status = aei_dense_copy(&left, "inverse", x);
  if (status == AE_OK) status = ae_eye(&right, x->size[0], x->size[0]);
  if (status == AE_OK) status = solve("inverse", &left, &right);
  if (status == AE_OK) status = ae_convert(y, &right);
  ae_tensor_clear(&left);
  ae_tensor_clear(&right);
  return status;
}

/* ---- Cholesky: a = U' U ---- */

/* Subtracts row k, times its element above the diagonal, from rows k+1+begin .. k+end. */
static void cholesky_rows(void *context, int64_t begin, int64_t end) {
  const elimination *g = context;
  const double *u = g->a + g->k * g->n;
  for (int64_t i = g->k + 1 + begin; i < g->k + 1 + end; i++)
    aei_dense_subtract(g->n - i, g->a + i * g->n + i, u[i], u + i);
}

/* Turns the upper triangle of a into U and the rest into zeros. */
static ae_status cholesky(elimination *g) {
  for (g->k = 0; g->k < g->n; g->k++) {
    double *u = g->a + g->k * g->n;
    const int64_t below = g->n - g->k - 1;
    if (!(u[g->k] > 0))
      return aei_fail(AE_EARG,
                      "potrf: the matrix is not positive definite (its leading part of "
                      "%lld rows is not)",
                      (long long)g->k + 1);
    const double root = sqrt(u[g->k]);
    for (int64_t j = 0; j < g->k; j++) u[j] = 0;
    for (int64_t j = g->k; j < g->n; j++) u[j] /= root;
    if (below > 0) aei_parallel(below, aei_dense_grain(below), cholesky_rows, g);
  }
  return AE_OK;
}

ae_status ae_potrf(ae_tensor *y, const ae_tensor *x, bool upper) {
  AEI_TRY(aei_dense_square("potrf", x));
  ae_tensor a = ae_tensor_local(AE_DOUBLE), view = ae_tensor_local(x->type);
  ae_status status = upper ? ae_set(&view, x) : ae_transpose(&view, x, 0, 1);
  if (status == AE_OK) status = aei_dense_copy(&a, "potrf", &view);
  if (status == AE_OK) status = cholesky(&(elimination){.a = ae_data(&a), .n = a.size[0]});
  if (status == AE_OK && !upper) status = ae_transpose(&a, &a, 0, 1);
  if (status == AE_OK) status = ae_convert(y, &a);
  ae_tensor_clear(&a);
  ae_tensor_clear(&view);
  return status;
}
