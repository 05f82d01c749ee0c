/* triangle.c - the parts of matrices: triangles, diagonals, the trace. Diagonal k is k places to
 * the right of the main one, to the left when k is negative. */
#include "math/math.h"

#include <string.h>

static ae_status check_matrix(const char *name, const ae_tensor *x) {
  if (x->ndim == 2) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: a matrix expected, not %s", name, AEI_SHAPE(x));
}

/* ---- triangles ---- */

typedef struct job {
  size_t size; /* of an element */
  int64_t columns, k;
  bool upper;
} job;

/* Copies what is on the wanted side of the diagonal and zeroes the rest, row by row. */
static void triangle_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  char *y = ptr[0];
  const char *x = ptr[1];
  for (int64_t i = 0; i < count; i++) {
    int64_t row = (first + i) / j->columns, column = (first + i) % j->columns;
    bool kept = j->upper ? column - row >= j->k : column - row <= j->k;
    char *to = y + (size_t)i * j->size;
    if (!kept)
      memset(to, 0, j->size);
    else if (y != x)
      memcpy(to, x + (size_t)i * j->size, j->size);
  }
}

static ae_status triangle(const char *name, ae_tensor *y, const ae_tensor *x, int64_t k,
                          bool upper) {
  AEI_TRY(check_matrix(name, x));
  AEI_TRY(aei_check_types(name, y, x));
  AEI_TRY(ae_resize_as(y, x));
  job j = {ae_type_size(x->type), x->size[1], k, upper};
  aei_iterate(1, 2, (const ae_tensor *[]){y, x}, triangle_block, &j);
  return AE_OK;
}

ae_status ae_tril(ae_tensor *y, const ae_tensor *x, int64_t k) {
  return triangle("tril", y, x, k, false);
}

ae_status ae_triu(ae_tensor *y, const ae_tensor *x, int64_t k) {
  return triangle("triu", y, x, k, true);
}

/* ---- diagonals ---- */

/* view [out] = diagonal k of a matrix, which must have one. */
static ae_status diagonal_view(ae_tensor *view, const ae_tensor *x, int64_t k) {
  const int64_t row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
  const int64_t down = x->size[0] - row, right = x->size[1] - column;
  const int64_t n = down < right ? down : right, stride = x->stride[0] + x->stride[1];
  const int64_t offset = x->offset + row * x->stride[0] + column * x->stride[1];
  return ae_set_storage(view, x->storage, offset, 1, &n, &stride);
}

static ae_status from_vector(ae_tensor *y, const ae_tensor *x, int64_t k) {
  const int64_t n = x->size[0] + (k < 0 ? -k : k);
  ae_tensor matrix = ae_tensor_local(x->type), view = ae_tensor_local(x->type);
  ae_status status = ae_resize(&matrix, 2, (int64_t[]){n, n});
  if (status == AE_OK) status = ae_fill(&matrix, ae_from_int(0));
  if (status == AE_OK) status = diagonal_view(&view, &matrix, k);
  if (status == AE_OK) status = ae_copy(&view, x);
  if (status == AE_OK) status = ae_convert(y, &matrix);
  ae_tensor_clear(&matrix);
  ae_tensor_clear(&view);
  return status;
}

static ae_status from_matrix(ae_tensor *y, const ae_tensor *x, int64_t k) {
  ae_tensor view = ae_tensor_local(x->type), copy = ae_tensor_local(x->type);
  ae_status status = diagonal_view(&view, x, k);
  if (status == AE_OK) status = ae_convert(&copy, &view); /* y may be x */
  if (status == AE_OK) status = ae_convert(y, &copy);
  ae_tensor_clear(&view);
  ae_tensor_clear(&copy);
  return status;
}

ae_status ae_diag(ae_tensor *y, const ae_tensor *x, int64_t k) {
  enum { FAR = 1 << 30 };
  AEI_TRY(aei_check_types("diag", y, x));
  if (x->ndim == 1 && -FAR < k && k < FAR) return from_vector(y, x, k);
  if (x->ndim == 2 && -x->size[0] < k && k < x->size[1]) return from_matrix(y, x, k);
  if (x->ndim == 1 || x->ndim == 2)
    return aei_fail(AE_EARG, "diag: no diagonal %lld (x is %s)", (long long)k, AEI_SHAPE(x));
  return aei_fail(AE_ESHAPE, "diag: a vector or a matrix expected, not %s", AEI_SHAPE(x));
}

ae_status ae_trace(ae_number *out, const ae_tensor *x) {
  AEI_TRY(check_matrix("trace", x));
  if (ae_nelement(x) == 0) return aei_fail(AE_EARG, "trace: the matrix is empty");
  ae_tensor view = ae_tensor_local(x->type);
  ae_status status = diagonal_view(&view, x, 0);
  if (status == AE_OK) status = ae_reduce(out, AE_SUM, &view, 0);
  ae_tensor_clear(&view);
  return status;
}
