/* FlattenTable.c - the tensors of a table and of the tables inside it in one table. */
#include "layer/layer.h"

static int leaves(const ae_tensor *x) {
  int n = 0;
  if (x->nparts == 0) return 1;
  for (int i = 0; i < x->nparts; i++) n += leaves(x->part[i]);
  return n;
}

/* The tensors in x become parts *next, ... of y. */
static ae_status flatten(ae_tensor *y, ae_tensor *x, int *next) {
  if (x->nparts == 0) return ae_table_set(y, (*next)++, x);
  for (int i = 0; i < x->nparts; i++) AEI_TRY(flatten(y, x->part[i], next));
  return AE_OK;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int next = 0;
  AEI_TRY(aei_check_table(m, x, 0));
  AEI_TRY(ae_table_resize(m->output, leaves(x)));
  return flatten(m->output, x, &next);
}

/* A table of its own as part i of gx: a tensor there is somebody's gradient. */
static ae_status own_table(ae_tensor *gx, int i, int n) {
  if (gx->part[i]->nparts == 0) {
    ae_tensor *table;
    AEI_TRY(ae_tensor_new(&table, gx->type));
    ae_status status = ae_table_set(gx, i, table);
    ae_tensor_release(table);
    AEI_TRY(status);
  }
  return ae_table_resize(gx->part[i], n);
}

/* gx, a table of as many parts as x, gets x's structure with parts *next, ... of gy. */
static ae_status unflatten(ae_tensor *gx, const ae_tensor *x, ae_tensor *gy, int *next) {
  for (int i = 0; i < x->nparts; i++) {
    const ae_tensor *part = x->part[i];
    if (part->nparts == 0) {
      AEI_TRY(ae_table_set(gx, i, gy->part[(*next)++]));
    } else {
      AEI_TRY(own_table(gx, i, part->nparts));
      AEI_TRY(unflatten(gx->part[i], part, gy, next));
    }
  }
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int next = 0;
  AEI_TRY(aei_check_table(m, x, 0));
  if (leaves(x) != gy->nparts) return aei_fail_again(m, x);
  AEI_TRY(ae_table_resize(m->grad_input, x->nparts));
  return unflatten(m->grad_input, x, gy, &next);
}

const ae_layer ae_layer_FlattenTable = {
    .name = "FlattenTable",
    .doc = "{x_1, {x_2, {x_3}}, ...} -> {x_1, x_2, x_3, ...}",
    .forward = forward,
    .backward = backward,
};
