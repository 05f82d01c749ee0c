/* criterion.c - losses as objects, and the sums and slopes they have in common. */
#include "layer/layer.h"

#include <stdio.h>

/* Class weights and the like in the loss's type: those that are not are converted into new ones. */
static ae_status adapt_options(ae_criterion *c, ae_type type) {
  ae_tensor *adapted[AE_MAXOPTIONS] = {NULL};
  ae_status status = AE_OK;
  for (int i = 0; i < AE_MAXOPTIONS && status == AE_OK; i++) {
    const ae_tensor *t = c->option[i].tensor;
    if (!t || t->type == type) continue;
    status = ae_tensor_new(&adapted[i], type);
    if (status == AE_OK) status = ae_convert(adapted[i], t);
  }
  for (int i = 0; i < AE_MAXOPTIONS; i++) {
    if (!adapted[i]) continue;
    ae_tensor **slot = &c->option[i].tensor, *unused = status == AE_OK ? *slot : adapted[i];
    if (status == AE_OK) *slot = adapted[i];
    ae_tensor_release(unused);
  }
  return status;
}

static ae_status fill_new(ae_criterion *c) {
  if (c->loss->check) AEI_TRY(c->loss->check(c));
  AEI_TRY(adapt_options(c, c->type));
  AEI_TRY(ae_tensor_new(&c->grad_input, c->type));
  /* Partial sums and the like are double whatever the type. */
  for (int i = 0; i < AE_MAXSCRATCH; i++) AEI_TRY(ae_tensor_new(&c->scratch[i], AE_DOUBLE));
  return AE_OK;
}

static ae_status check_type(const ae_loss *loss, ae_type type) {
  if (ae_type_is_real(type)) return AE_OK;
  return aei_fail(AE_ETYPE, "nn.%s: losses are of type Float or Double, not %s", loss->name,
                  ae_type_name(type));
}

ae_status ae_criterion_new(ae_criterion **out, const ae_loss *loss, const ae_value *option,
                           ae_type type) {
  char owner[64];
  snprintf(owner, sizeof owner, "nn.%s", loss->name);
  AEI_TRY(aei_check_options(owner, loss->options, option));
  AEI_TRY(check_type(loss, type));
  ae_criterion *c = aei_calloc(sizeof *c);
  if (!c) return AE_EMEM;
  c->refs = 1;
  c->loss = loss;
  c->type = type;
  aei_options_take(loss->options, c->option, option);
  ae_status status = fill_new(c);
  if (status != AE_OK) return ae_criterion_release(c), status;
  *out = c;
  return AE_OK;
}

ae_status ae_criterion_set_option(ae_criterion *c, int i, const ae_value *value) {
  char owner[64];
  snprintf(owner, sizeof owner, "nn.%s", c->loss->name);
  AEI_TRY(ae_option_check(owner, &c->loss->options[i], value));
  ae_value old = c->option[i];
  c->option[i] = *value;
  ae_tensor_retain(value->tensor);
  ae_status status = c->loss->check ? c->loss->check(c) : AE_OK;
  if (status == AE_OK) status = adapt_options(c, c->type);
  ae_tensor *unused = status == AE_OK ? old.tensor : c->option[i].tensor;
  if (status != AE_OK) c->option[i] = old;
  ae_tensor_release(unused);
  return status;
}

ae_criterion *ae_criterion_retain(ae_criterion *c) {
  if (c) c->refs++;
  return c;
}

void ae_criterion_release(ae_criterion *c) {
  if (!c || --c->refs > 0) return;
  ae_tensor_release(c->grad_input);
  for (int i = 0; i < AE_MAXSCRATCH; i++) ae_tensor_release(c->scratch[i]);
  aei_options_drop(c->option);
  aei_free(c);
}

static ae_status check_input(const ae_criterion *c, const ae_tensor *x) {
  if (x->type != c->type)
    return aei_fail(AE_ETYPE,
                    "nn.%s: input is a %sTensor, the criterion is of type %s; call :%s() on one "
                    "of them",
                    c->loss->name, ae_type_name(x->type), ae_type_name(c->type),
                    c->type == AE_FLOAT ? "float" : "double");
  if (ae_nelement(x) > 0) return AE_OK;
  return aei_fail(AE_ESHAPE, "nn.%s: input is empty", c->loss->name);
}

ae_status ae_criterion_forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                               double *loss) {
  double value;
  AEI_TRY(check_input(c, x));
  AEI_TRY(c->loss->forward(c, x, target, &value));
  c->output = *loss = value;
  return AE_OK;
}

ae_status ae_criterion_backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(check_input(c, x));
  return c->loss->backward(c, x, target);
}

ae_status ae_criterion_set_type(ae_criterion *c, ae_type type) {
  ae_tensor *fresh;
  AEI_TRY(check_type(c->loss, type));
  if (c->type == type) return AE_OK;
  AEI_TRY(ae_tensor_new(&fresh, type));
  ae_status status = adapt_options(c, type);
  if (status != AE_OK) return ae_tensor_release(fresh), status;
  ae_tensor_release(c->grad_input);
  c->grad_input = fresh;
  c->type = type;
  return AE_OK;
}

ae_status aei_check_target(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  if (target->type != x->type)
    return aei_fail(AE_ETYPE, "nn.%s: target is a %sTensor, the input a %sTensor", c->loss->name,
                    ae_type_name(target->type), ae_type_name(x->type));
  if (ae_nelement(target) == ae_nelement(x)) return AE_OK;
  return aei_fail(AE_ESHAPE, "nn.%s: input is %s, target is %s", c->loss->name, AEI_SHAPE(x),
                  AEI_SHAPE(target));
}

/* ---- sums and slopes over all elements, block by block ---- */

typedef struct block_job {
  ae_type type;
  aei_loss_term *term;
  aei_loss_slope *slope;
  double *partial; /* of each block */
  double scale;
  int inputs;  /* place of x among the operands */
  bool weight; /* the last operand is one */
} block_job;

/* `ptr` in a piece, `offset` elements further. */
static void *further(const block_job *j, void *const *ptr, int i, int64_t offset) {
  return (char *)ptr[i] + (size_t)offset * ae_type_size(j->type);
}

static void run_blocks(void *context, int64_t first, int64_t count, void *const *ptr) {
  const block_job *j = context;
  int x = j->inputs;
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    int64_t n = count - i < AEI_BLOCK ? count - i : AEI_BLOCK;
    const void *weight = j->weight ? further(j, ptr, x + 2, i) : NULL;
    if (j->term)
      j->partial[(first + i) / AEI_BLOCK] =
          j->term(j->type, n, further(j, ptr, x, i), further(j, ptr, x + 1, i), weight);
    else
      j->slope(j->type, n, further(j, ptr, 0, i), further(j, ptr, x, i), further(j, ptr, x + 1, i),
               weight, j->scale);
  }
}

ae_status aei_loss_sum(double *sum, ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                       const ae_tensor *weight, aei_loss_term *term) {
  int64_t nblocks = (ae_nelement(x) + AEI_BLOCK - 1) / AEI_BLOCK;
  AEI_TRY(aei_prepare(c->scratch[0], AE_DOUBLE, 1, &nblocks));
  double *partial = ae_data(c->scratch[0]);
  block_job job = {.type = c->type, .term = term, .partial = partial, .weight = weight};
  const ae_tensor *operands[] = {x, target, weight};
  aei_iterate(0, weight ? 3 : 2, operands, run_blocks, &job);
  double total = 0;
  for (int64_t i = 0; i < nblocks; i++) total += partial[i];
  *sum = total;
  return AE_OK;
}

ae_status aei_loss_gradient(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                            const ae_tensor *weight, double scale, aei_loss_slope *slope) {
  AEI_TRY(ae_resize_as(c->grad_input, x));
  block_job job = {.type = c->type, .slope = slope, .scale = scale, .inputs = 1, .weight = weight};
  const ae_tensor *operands[] = {c->grad_input, x, target, weight};
  aei_iterate(1, weight ? 4 : 3, operands, run_blocks, &job);
  return AE_OK;
}
