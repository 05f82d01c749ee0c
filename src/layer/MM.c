/* MM.c - the product of two matrices, or of each pair in two batches of them. */
#include "layer/layer.h"

enum { TRANS_A, TRANS_B };

static const ae_option options[] = {
    {"transA", AE_BOOL, false, 0, 1, "the first factor is transposed before"},
    {"transB", AE_BOOL, false, 0, 1, "the second factor is transposed before"},
    {0},
};

static ae_status check(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_tensors(m, x, 2));
  const ae_tensor *a = x->part[0], *b = x->part[1];
  const bool ta = m->option[TRANS_A].number != 0, tb = m->option[TRANS_B].number != 0;
  const int n = a->ndim;
  if ((n == 2 || n == 3) && b->ndim == n && (n == 2 || a->size[0] == b->size[0]) &&
      a->size[ta ? n - 2 : n - 1] == b->size[tb ? n - 1 : n - 2])
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: no product of %s%s and %s%s", AEI_NAME(m), AEI_SHAPE(a),
                  ta ? " (transposed)" : "", AEI_SHAPE(b), tb ? " (transposed)" : "");
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(check(m, x));
  return aei_product(m->output, x->part[0], m->option[TRANS_A].number != 0, x->part[1],
                     m->option[TRANS_B].number != 0);
}

/* With A and B as they are multiplied, Y = A B: gA = gY B', gB = A' gY, and their transposes. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(check(m, x));
  AEI_TRY(ae_table_resize(m->grad_input, 2));
  const ae_tensor *a = x->part[0], *b = x->part[1];
  ae_tensor *ga = m->grad_input->part[0], *gb = m->grad_input->part[1];
  const bool ta = m->option[TRANS_A].number != 0, tb = m->option[TRANS_B].number != 0;
  const ae_tensor *rows = ta ? b : gy, *columns = ta ? gy : b;
  AEI_TRY(aei_product(ga, rows, ta && tb, columns, ta || !tb));
  rows = tb ? gy : a;
  columns = tb ? a : gy;
  return aei_product(gb, rows, tb || !ta, columns, ta && tb);
}

const ae_layer ae_layer_MM = {
    .name = "MM",
    .doc =
        "{(M,K), (K,N)} -> (M,N), or {(B,M,K), (B,K,N)} -> (B,M,N)  y = x_1 x_2, the product "
        "of matrices",
    .options = options,
    .forward = forward,
    .backward = backward,
};
