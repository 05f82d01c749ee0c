/* batch.c - products of batches of matrices: each alone, or all of them summed. */
#include "math/math.h"

/* Two batches (B,M,K), (B,K,N) of y's type. */
static ae_status check(const char *name, const ae_tensor *y, const ae_tensor *a,
                       const ae_tensor *b) {
  AEI_TRY(aei_check_types(name, a, b));
  AEI_TRY(aei_check_types(name, y, a));
  if (!ae_type_is_real(a->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor", name, ae_type_name(a->type));
  if (a->ndim == 3 && b->ndim == 3 && a->size[0] == b->size[0] && a->size[2] == b->size[1])
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: batches of matrices (B,M,K) and (B,K,N) expected, not %s and %s",
                  name, AEI_SHAPE(a), AEI_SHAPE(b));
}

static ae_status check_added(const char *name, const ae_tensor *y, double beta, const ae_tensor *c,
                             int ndim, const int64_t *size) {
  char want[AEI_SHAPE_CAPACITY];
  if (beta == 0) return AE_OK;
  AEI_TRY(aei_check_types(name, y, c));
  if (aei_same_sizes(c->ndim, c->size, ndim, size)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: the product is %s and is added to %s", name,
                  ae_shape_string(want, sizeof want, ndim, size), AEI_SHAPE(c));
}

/* The views of one matrix of each batch. */
typedef struct views {
  ae_tensor y, c, a, b;
} views;

static views begin_views(ae_type type) {
  return (views){ae_tensor_local(type), ae_tensor_local(type), ae_tensor_local(type),
                 ae_tensor_local(type)};
}

static void end_views(views *v) {
  ae_tensor_clear(&v->y);
  ae_tensor_clear(&v->c);
  ae_tensor_clear(&v->a);
  ae_tensor_clear(&v->b);
}

static ae_status each_product(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                              const ae_tensor *a, const ae_tensor *b) {
  views v = begin_views(y->type);
  ae_status status = AE_OK;
  for (int64_t i = 0; i < a->size[0] && status == AE_OK; i++) {
    status = ae_select(&v.y, y, 0, i);
    if (status == AE_OK && beta != 0) status = ae_select(&v.c, c, 0, i);
    if (status == AE_OK) status = ae_select(&v.a, a, 0, i);
    if (status == AE_OK) status = ae_select(&v.b, b, 0, i);
    if (status == AE_OK) status = ae_addmm(&v.y, beta, &v.c, alpha, &v.a, &v.b);
  }
  end_views(&v);
  return status;
}

static ae_status summed_products(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                                 const ae_tensor *a, const ae_tensor *b) {
  views v = begin_views(y->type);
  ae_status status = AE_OK;
  for (int64_t i = 0; i < a->size[0] && status == AE_OK; i++) {
    status = ae_select(&v.a, a, 0, i);
    if (status == AE_OK) status = ae_select(&v.b, b, 0, i);
    if (status == AE_OK)
      status =
          i == 0 ? ae_addmm(y, beta, c, alpha, &v.a, &v.b) : ae_addmm(y, 1, y, alpha, &v.a, &v.b);
  }
  end_views(&v);
  return status;
}

typedef ae_status product(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                          const ae_tensor *a, const ae_tensor *b);

/* Into a temporary when y shares memory with a factor. */
static ae_status multiply(product *f, ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                          const ae_tensor *a, const ae_tensor *b, int ndim, const int64_t *size) {
  if (!aei_overlap(y, a) && !aei_overlap(y, b)) {
    AEI_TRY(ae_resize(y, ndim, size));
    return f(y, beta, c, alpha, a, b);
  }
  ae_tensor result = ae_tensor_local(y->type);
  ae_status status = ae_resize(&result, ndim, size);
  if (status == AE_OK) status = f(&result, beta, c, alpha, a, b);
  if (status == AE_OK) status = ae_convert(y, &result);
  ae_tensor_clear(&result);
  return status;
}

ae_status ae_baddbmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                     const ae_tensor *a, const ae_tensor *b) {
  AEI_TRY(check("baddbmm", y, a, b));
  const int64_t size[] = {a->size[0], a->size[1], b->size[2]};
  AEI_TRY(check_added("baddbmm", y, beta, c, 3, size));
  return multiply(each_product, y, beta, c, alpha, a, b, 3, size);
}

ae_status ae_addbmm(ae_tensor *y, double beta, const ae_tensor *c, double alpha, const ae_tensor *a,
                    const ae_tensor *b) {
  AEI_TRY(check("addbmm", y, a, b));
  const int64_t size[] = {a->size[1], b->size[2]};
  AEI_TRY(check_added("addbmm", y, beta, c, 2, size));
  if (a->size[0] == 0) return aei_fail(AE_EARG, "addbmm: batches without a matrix");
  return multiply(summed_products, y, beta, c, alpha, a, b, 2, size);
}
