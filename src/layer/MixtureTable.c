/* MixtureTable.c - a mixture of experts: the sum of what they say, each weighed by its gate. */
#include "layer/layer.h"

enum { DIM };

static const ae_option options[] = {
    {"dim", AE_INT, 0, 0, AE_MAXDIM,
     "of the experts in one tensor, counted from 1; 0: 1, or 2 of a batch"},
    {0},
};

/* The input's two sides, or their gradients. */
typedef struct mixture {
  const ae_tensor *gates;   /* (B,n) or (n) */
  const ae_tensor *experts; /* a table of n tensors, (B,...) or (...), or one with a dimension n */
  int dim, n;
} mixture;

/* What expert i says. */
static ae_status expert(ae_tensor *view, const mixture *x, int i) {
  if (x->experts->nparts > 0) return ae_set(view, x->experts->part[i]);
  return ae_select(view, x->experts, x->dim, i);
}

/* Its gate, with sizes of 1 so that it is as deep as the expert. */
static ae_status gate(ae_tensor *view, const mixture *x, int i, const ae_tensor *said) {
  const int last = x->gates->ndim - 1;
  if (said->ndim <= last) return ae_select(view, x->gates, last, i);
  AEI_TRY(ae_narrow(view, x->gates, last, i, 1));
  while (view->ndim < said->ndim) AEI_TRY(ae_unsqueeze(view, view, view->ndim));
  return AE_OK;
}

static ae_status mixture_of(mixture *out, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_table(m, x, 2));
  const ae_tensor *gates = x->part[0], *experts = x->part[1];
  const int dim = (int)m->option[DIM].number;
  AEI_TRY(aei_check_input(m, gates));
  if (experts->nparts > 0)
    AEI_TRY(aei_check_alike(m, experts));
  else
    AEI_TRY(aei_check_input(m, experts));
  const bool batch = gates->ndim == 2;
  *out = (mixture){.gates = gates, .experts = experts, .dim = dim > 0 ? dim - 1 : batch};
  const bool table = experts->nparts > 0;
  const ae_tensor *first = table ? experts->part[0] : experts;
  bool fits = gates->ndim <= 2 && (table || (experts->ndim > 1 && out->dim < experts->ndim));
  fits =
      fits && !(batch && !table && out->dim == 0) && (!batch || first->size[0] == gates->size[0]);
  if (fits) out->n = table ? experts->nparts : (int)experts->size[out->dim];
  if (fits && gates->size[gates->ndim - 1] == out->n) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: gates are %s, experts %s%s%s", AEI_NAME(m), AEI_SHAPE(gates),
                  AEI_SHAPE(experts), table ? ", each " : "", table ? AEI_SHAPE(first) : "");
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  ae_tensor e = ae_tensor_local(m->type), g = e, *y = m->output;
  mixture mix;
  AEI_TRY(mixture_of(&mix, m, x));
  ae_status status = AE_OK;
  for (int i = 0; i < mix.n && status == AE_OK; i++) {
    status = expert(&e, &mix, i);
    if (status == AE_OK) status = gate(&g, &mix, i, &e);
    if (status == AE_OK)
      status = i == 0 ? aei_spread_map2(AE_MUL, y, m, &e, &g, AEI_AS_IT_FITS, 0)
                      : aei_spread_addcmul(y, m, 1, &e, &g, AEI_AS_IT_FITS);
  }
  ae_tensor_clear(&e);
  ae_tensor_clear(&g);
  return status;
}

/* gExpert_i = gate_i gy, gGate_i = sum of expert_i gy; view: four local tensors. */
static ae_status backward_one(ae_module *m, const mixture *x, const mixture *gx, int i,
                              const ae_tensor *gy, ae_tensor *view) {
  ae_tensor *e = &view[0], *g = &view[1], *ge = &view[2], *gg = &view[3];
  AEI_TRY(expert(e, x, i));
  if (!ae_same_size(e, gy)) return aei_fail_again(m, e);
  AEI_TRY(gate(g, x, i, e));
  AEI_TRY(expert(ge, gx, i));
  AEI_TRY(gate(gg, gx, i, e));
  AEI_TRY(aei_spread_map2(AE_MUL, ge, m, gy, g, AEI_AS_IT_FITS, 0));
  return aei_spread_sum(gg, m, e, gy, AEI_AS_IT_FITS, 1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor empty = ae_tensor_local(m->type), view[] = {empty, empty, empty, empty};
  mixture mix;
  AEI_TRY(mixture_of(&mix, m, x));
  AEI_TRY(aei_resize_parts(m->grad_input, x));
  AEI_TRY(ae_fill(m->grad_input->part[0], ae_from_int(0)));
  mixture gx = mix;
  gx.gates = m->grad_input->part[0];
  gx.experts = m->grad_input->part[1];
  ae_status status = AE_OK;
  for (int i = 0; i < mix.n && status == AE_OK; i++)
    status = backward_one(m, &mix, &gx, i, gy, view);
  for (int i = 0; i < 4; i++) ae_tensor_clear(&view[i]);
  return status;
}

const ae_layer ae_layer_MixtureTable = {
    .name = "MixtureTable",
    .doc =
        "{gates (B,n), {(B,...), ...}} -> (B,...), or without B; or the n experts in one "
        "tensor, along dim  y = gate_1 expert_1 + gate_2 expert_2 + ...",
    .options = options,
    .forward = forward,
    .backward = backward,
};
