/* MapTable.c - each tensor of a table to a copy of the first child; all of them share its
 * parameters, unless it is told otherwise. Copies are made and dropped as the table's length asks
 * for. */
#include "layer/layer.h"

enum { SHARED };

static const ae_option options[] = {
    {"shared", AE_BOOL, true, 0, 1, "the copies' parameters are the child's; else their own"},
    {0},
};

static void share(ae_tensor **slot, ae_tensor *of) {
  ae_tensor *old = *slot;
  *slot = ae_tensor_retain(of);
  ae_tensor_release(old);
}

/* The parameters of `to`, a copy of `from`, become those of `from`, and so inside. */
static void share_parameters(ae_module *to, const ae_module *from) {
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    share(&to->param[i], from->param[i]);
    share(&to->grad[i], from->grad[i]);
  }
  for (int i = 0; i < to->nchildren; i++)
    share_parameters(to->child[i].module, from->child[i].module);
}

/* Copies know nothing of a host: there its own resize has been before. */
static ae_status add_copy(ae_module *m) {
  const ae_module *first = m->child[0].module;
  ae_module *copy;
  AEI_TRY(ae_module_clone(&copy, first));
  if (m->option[SHARED].number != 0) share_parameters(copy, first);
  ae_status status = ae_module_insert(m, copy, NULL, m->nchildren);
  ae_module_release(copy);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_table(m, x, 0));
  if (m->nchildren == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(m));
  while (m->nchildren < x->nparts) AEI_TRY(add_copy(m));
  while (m->nchildren > x->nparts) AEI_TRY(ae_module_remove(m, m->nchildren - 1, NULL));
  return aei_parallel_forward(m, x);
}

const ae_layer ae_layer_MapTable = {
    .name = "MapTable",
    .doc = "{x_1, x_2, ...} -> {f(x_1), f(x_2), ...}  copies of its child, which share parameters",
    .options = options,
    .container = true,
    .forward = forward,
    .backward = aei_parallel_backward,
    .accumulate = aei_parallel_accumulate,
};
