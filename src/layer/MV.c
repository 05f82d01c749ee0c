/* MV.c - the product of a matrix and a vector, or of each pair in two batches of them. */
#include "layer/layer.h"

enum { TRANS };

static const ae_option options[] = {
    {"trans", AE_BOOL, false, 0, 1, "the matrix is transposed before"},
    {0},
};

static ae_status check(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_tensors(m, x, 2));
  const ae_tensor *a = x->part[0], *v = x->part[1];
  const bool trans = m->option[TRANS].number != 0;
  const int n = a->ndim;
  if ((n == 2 || n == 3) && v->ndim == n - 1 && (n == 2 || a->size[0] == v->size[0]) &&
      a->size[trans ? n - 2 : n - 1] == v->size[n - 2])
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: no product of %s%s and %s", AEI_NAME(m), AEI_SHAPE(a),
                  trans ? " (transposed)" : "", AEI_SHAPE(v));
}

/* A view of vectors as matrices of one column. */
static ae_status column(ae_tensor *view, const ae_tensor *v) {
  return ae_unsqueeze(view, v, v->ndim);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(check(m, x));
  const ae_tensor *a = x->part[0], *v = x->part[1];
  const bool trans = m->option[TRANS].number != 0;
  ae_tensor y = ae_tensor_local(m->type), column_v = ae_tensor_local(m->type);
  int64_t size[] = {a->size[0], a->size[a->ndim - 2]};
  size[a->ndim - 2] = a->size[trans ? a->ndim - 1 : a->ndim - 2];
  AEI_TRY(ae_resize(m->output, a->ndim - 1, size));
  ae_status status = column(&y, m->output);
  if (status == AE_OK) status = column(&column_v, v);
  if (status == AE_OK) status = aei_product(&y, a, trans, &column_v, false);
  ae_tensor_clear(&y);
  ae_tensor_clear(&column_v);
  return status;
}

/* gA = gy v' (v gy' when it was transposed), gv = A' gy */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(check(m, x));
  AEI_TRY(aei_resize_parts(m->grad_input, x));
  const bool trans = m->option[TRANS].number != 0;
  ae_tensor v = ae_tensor_local(m->type), gv = v, column_gy = v;
  ae_status status = column(&v, x->part[1]);
  if (status == AE_OK) status = column(&gv, m->grad_input->part[1]);
  if (status == AE_OK) status = column(&column_gy, gy);
  if (status == AE_OK)
    status = aei_product(m->grad_input->part[0], trans ? &v : &column_gy, false,
                         trans ? &column_gy : &v, true);
  if (status == AE_OK) status = aei_product(&gv, x->part[0], !trans, &column_gy, false);
  ae_tensor_clear(&v);
  ae_tensor_clear(&gv);
  ae_tensor_clear(&column_gy);
  return status;
}

const ae_layer ae_layer_MV = {
    .name = "MV",
    .doc =
        "{(M,N), (N)} -> (M), or {(B,M,N), (B,N)} -> (B,M)  y = x_1 x_2, the product of a "
        "matrix and a vector",
    .options = options,
    .forward = forward,
    .backward = backward,
};
