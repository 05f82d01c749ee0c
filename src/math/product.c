/* product.c - matrix and vector products on the one kernel for them, gemm. */
#include "math/math.h"

static ae_status check_real(const char *name, const ae_tensor *a, const ae_tensor *b,
                            const ae_tensor *y) {
  if (!ae_type_is_real(a->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor", name, ae_type_name(a->type));
  AEI_TRY(aei_check_types(name, a, b));
  return aei_check_types(name, y, a);
}

/* y = beta * c: gemm then adds to y. With beta 0 nothing is read. */
static ae_status begin(const char *name, ae_tensor *y, double beta, const ae_tensor *c, int ndim,
                       const int64_t *size) {
  char want[AEI_SHAPE_CAPACITY];
  if (beta != 0) {
    if (!aei_same_sizes(c->ndim, c->size, ndim, size))
      return aei_fail(AE_ESHAPE, "%s: the product is %s and is added to %s", name,
                      ae_shape_string(want, sizeof want, ndim, size), AEI_SHAPE(c));
    AEI_TRY(aei_check_types(name, y, c));
  }
  AEI_TRY(ae_resize(y, ndim, size));
  return beta != 0 && y != c ? ae_copy(y, c) : AE_OK;
}

static int64_t column_stride(const ae_tensor *t) { return t->ndim > 1 ? t->stride[1] : 1; }
static int64_t columns(const ae_tensor *t) { return t->ndim > 1 ? t->size[1] : 1; }

/* y = beta * y + alpha * a b; vectors count as columns. */
static ae_status run(ae_tensor *y, double beta, double alpha, const ae_tensor *a,
                     const ae_tensor *b) {
  aei_gemm g = {.m = a->size[0],
                .n = columns(b),
                .k = columns(a),
                .alpha = alpha,
                .beta = beta,
                .a = ae_data(a),
                .a_row = a->stride[0],
                .a_col = column_stride(a),
                .b = ae_data(b),
                .b_row = b->stride[0],
                .b_col = column_stride(b),
                .c = ae_data(y),
                .c_row = y->stride[0],
                .c_col = column_stride(y)};
  aei_gemm_run(y->type, &g);
  return AE_OK;
}

/* The same into a temporary when y shares memory with a factor. */
static ae_status multiply(const char *name, ae_tensor *y, double beta, const ae_tensor *c,
                          double alpha, const ae_tensor *a, const ae_tensor *b, int ndim,
                          const int64_t *size) {
  if (!aei_overlap(y, a) && !aei_overlap(y, b)) {
    AEI_TRY(begin(name, y, beta, c, ndim, size));
    return run(y, beta, alpha, a, b);
  }
  ae_tensor result = ae_tensor_local(y->type);
  ae_status status = begin(name, &result, beta, c, ndim, size);
  if (status == AE_OK) status = run(&result, beta, alpha, a, b);
  if (status == AE_OK) status = ae_convert(y, &result);
  ae_tensor_clear(&result);
  return status;
}

ae_status ae_addmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                   const ae_tensor *b) {
  AEI_TRY(check_real("addmm", a, b, y));
  if (a->ndim != 2 || b->ndim != 2)
    return aei_fail(AE_ESHAPE, "addmm: two matrices expected, not %s and %s", AEI_SHAPE(a),
                    AEI_SHAPE(b));
  if (a->size[1] != b->size[0])
    return aei_fail(AE_ESHAPE, "addmm: a is %s and b is %s: %lld columns, %lld rows", AEI_SHAPE(a),
                    AEI_SHAPE(b), (long long)a->size[1], (long long)b->size[0]);
  return multiply("addmm", y, beta, c, alpha, a, b, 2, (int64_t[]){a->size[0], b->size[1]});
}

ae_status ae_addmv(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                   const ae_tensor *x) {
  AEI_TRY(check_real("addmv", a, x, y));
  if (a->ndim != 2 || x->ndim != 1 || a->size[1] != x->size[0])
    return aei_fail(AE_ESHAPE, "addmv: a %s matrix times a %s vector", AEI_SHAPE(a), AEI_SHAPE(x));
  return multiply("addmv", y, beta, c, alpha, a, x, 1, a->size);
}

ae_status ae_addr(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *x,
                  const ae_tensor *z) {
  AEI_TRY(check_real("addr", x, z, y));
  if (x->ndim != 1 || z->ndim != 1)
    return aei_fail(AE_ESHAPE, "addr: two vectors expected, not %s and %s", AEI_SHAPE(x),
                    AEI_SHAPE(z));
  ae_tensor row = ae_tensor_local(z->type);
  AEI_TRY(ae_unsqueeze(&row, z, 0));
  ae_status status =
      multiply("addr", y, beta, c, alpha, x, &row, 2, (int64_t[]){x->size[0], z->size[0]});
  ae_tensor_clear(&row);
  return status;
}
