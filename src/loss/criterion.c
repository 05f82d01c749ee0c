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

/* where: "" or the place in a table, "[2]". */
static ae_status check_tensor(const ae_criterion *c, const char *where, const ae_tensor *x) {
  if (x->nparts > 0)
    return aei_fail(AE_ESHAPE, "nn.%s: input%s is %s, want a tensor", c->loss->name, where,
                    AEI_SHAPE(x));
  if (x->type != c->type)
    return aei_fail(
        AE_ETYPE,
        "nn.%s: input%s is a %sTensor, the criterion is of type %s; call :%s() on one of them",
        c->loss->name, where, ae_type_name(x->type), ae_type_name(c->type),
        c->type == AE_FLOAT ? "float" : "double");
  if (ae_nelement(x) > 0) return AE_OK;
  return aei_fail(AE_ESHAPE, "nn.%s: input%s is empty", c->loss->name, where);
}

static ae_status check_input(const ae_criterion *c, const ae_tensor *x) {
  const int n = c->loss->inputs;
  if (n == 0) return check_tensor(c, "", x);
  if (x->nparts != n)
    return aei_fail(AE_ESHAPE, "nn.%s: input is %s, want a table of %d tensors", c->loss->name,
                    AEI_SHAPE(x), n);
  for (int i = 0; i < n; i++) {
    char where[16];
    snprintf(where, sizeof where, "[%d]", i + 1);
    AEI_TRY(check_tensor(c, where, x->part[i]));
  }
  return AE_OK;
}

ae_status ae_criterion_forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                               double *loss) {
  double value;
  AEI_TRY(check_input(c, x));
  AEI_TRY(c->loss->forward(c, x, target, &value));
  c->output = *loss = value;
  return AE_OK;
}

/* Whether a tensor of one has memory, or is itself, in the other. */
static bool meet(const ae_tensor *a, const ae_tensor *b) {
  if (a == b || (a->storage && a->storage == b->storage)) return true;
  for (int i = 0; i < a->nparts; i++)
    if (meet(a->part[i], b)) return true;
  for (int i = 0; i < b->nparts; i++)
    if (meet(a, b->part[i])) return true;
  return false;
}

/* gradInput is resized and written when labels are checked and are still to be read: one that came
 * back as input, target or weights is left to who has it. */
static ae_status set_apart(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  bool met = meet(c->grad_input, x) || meet(c->grad_input, target);
  for (int i = 0; i < AE_MAXOPTIONS; i++)
    met = met || (c->option[i].tensor && meet(c->grad_input, c->option[i].tensor));
  return met ? aei_renew(&c->grad_input, c->type) : AE_OK;
}

ae_status ae_criterion_backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(check_input(c, x));
  ae_tensor *before = ae_tensor_retain(c->grad_input); /* which may be x or target */
  ae_status status = set_apart(c, x, target);
  if (status == AE_OK) status = c->loss->backward(c, x, target);
  ae_tensor_release(before);
  return status;
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
  if (target->nparts > 0)
    return aei_fail(AE_ESHAPE, "nn.%s: target is %s, want a tensor", c->loss->name,
                    AEI_SHAPE(target));
  if (target->type != x->type)
    return aei_fail(AE_ETYPE, "nn.%s: target is a %sTensor, the input a %sTensor", c->loss->name,
                    ae_type_name(target->type), ae_type_name(x->type));
  if (ae_nelement(target) == ae_nelement(x)) return AE_OK;
  return aei_fail(AE_ESHAPE, "nn.%s: input is %s, target is %s", c->loss->name, AEI_SHAPE(x),
                  AEI_SHAPE(target));
}

double aei_mean_factor(const ae_criterion *c, int i, const ae_tensor *x) {
  return c->option[i].number != 0 ? 1 / (double)ae_nelement(x) : 1;
}

ae_status aei_loss_weights(const ae_tensor **out, ae_tensor *view, const ae_criterion *c,
                           const ae_tensor *weights, const ae_tensor *x) {
  *out = NULL;
  if (!weights) return AE_OK;
  int first = x->ndim > 1 && weights->ndim < x->ndim;
  if (!aei_same_sizes(weights->ndim, weights->size, x->ndim - first, x->size + first))
    return aei_fail(AE_ESHAPE, "nn.%s: weights are %s, not of the size of a sample (input %s)",
                    c->loss->name, AEI_SHAPE(weights), AEI_SHAPE(x));
  AEI_TRY(ae_expand(view, weights, x->ndim, x->size));
  *out = view;
  return AE_OK;
}

/* ---- sums and slopes over all elements, block by block ---- */

typedef struct block_job {
  const ae_criterion *c;
  aei_loss_term *term; /* one of these three */
  aei_loss_slope *slope;
  aei_loss_point *point;
  double *partial; /* of each block, for sums */
  double scale;
  int inputs;  /* place of x among the operands */
  bool weight; /* the last operand is one */
} block_job;

typedef struct block {
  const void *x, *target, *weight; /* the last may be NULL */
} block;

/* `ptr` in a piece, `offset` elements further. */
static void *further(const block_job *j, void *const *ptr, int i, int64_t offset) {
  return (char *)ptr[i] + (size_t)offset * ae_type_size(j->c->type);
}

static void to_doubles(const block_job *j, int64_t n, double *to, const void *from) {
  aei_kernels_now()->convert[AE_DOUBLE][j->c->type](n, to, from);
}

/* What the point function gives for n elements, and their weights, 1 where there are none. */
static void run_point(const block_job *j, int64_t n, const block *b, double *result,
                      double *weight) {
  _Alignas(AEI_ALIGN) double x[AEI_BLOCK], t[AEI_BLOCK];
  to_doubles(j, n, x, b->x);
  to_doubles(j, n, t, b->target);
  j->point(j->c, n, result, x, t);
  if (b->weight)
    to_doubles(j, n, weight, b->weight);
  else
    for (int64_t i = 0; i < n; i++) weight[i] = 1;
}

static double sum_block(const block_job *j, int64_t n, const block *b) {
  _Alignas(AEI_ALIGN) double f[AEI_BLOCK], weight[AEI_BLOCK];
  if (j->term) return j->term(j->c->type, n, b->x, b->target, b->weight);
  run_point(j, n, b, f, weight);
  return ae_to_double(aei_kernels_of(AE_DOUBLE)->dot(n, f, weight));
}

static void slope_block(const block_job *j, int64_t n, const block *b, void *gx) {
  _Alignas(AEI_ALIGN) double f[AEI_BLOCK], weight[AEI_BLOCK];
  if (j->slope) {
    j->slope(j->c->type, n, gx, b->x, b->target, b->weight, j->scale);
    return;
  }
  run_point(j, n, b, f, weight);
  for (int64_t i = 0; i < n; i++) f[i] *= j->scale * weight[i];
  aei_kernels_now()->convert[j->c->type][AE_DOUBLE](n, gx, f);
}

static void run_blocks(void *context, int64_t first, int64_t count, void *const *ptr) {
  const block_job *j = context;
  int x = j->inputs;
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    int64_t n = count - i < AEI_BLOCK ? count - i : AEI_BLOCK;
    block b = {further(j, ptr, x, i), further(j, ptr, x + 1, i),
               j->weight ? further(j, ptr, x + 2, i) : NULL};
    if (j->partial)
      j->partial[(first + i) / AEI_BLOCK] = sum_block(j, n, &b);
    else
      slope_block(j, n, &b, further(j, ptr, 0, i));
  }
}

static ae_status run_sum(double *sum, block_job *job, ae_criterion *c, const ae_tensor *x,
                         const ae_tensor *target, const ae_tensor *weight) {
  int64_t nblocks = (ae_nelement(x) + AEI_BLOCK - 1) / AEI_BLOCK;
  const ae_tensor *operands[] = {x, target, weight};
  AEI_TRY(aei_prepare(c->scratch[0], AE_DOUBLE, 1, &nblocks));
  job->partial = ae_data(c->scratch[0]);
  aei_iterate(0, weight ? 3 : 2, operands, run_blocks, job);
  double total = 0;
  for (int64_t i = 0; i < nblocks; i++) total += job->partial[i];
  *sum = total;
  return AE_OK;
}

static ae_status run_gradient(block_job *job, ae_criterion *c, const ae_tensor *x,
                              const ae_tensor *target, const ae_tensor *weight) {
  const ae_tensor *operands[] = {c->grad_input, x, target, weight};
  AEI_TRY(ae_resize_as(c->grad_input, x));
  job->inputs = 1;
  aei_iterate(1, weight ? 4 : 3, operands, run_blocks, job);
  return AE_OK;
}

ae_status aei_loss_sum(double *sum, ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                       const ae_tensor *weight, aei_loss_term *term) {
  block_job job = {.c = c, .term = term, .weight = weight};
  return run_sum(sum, &job, c, x, target, weight);
}

ae_status aei_loss_gradient(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                            const ae_tensor *weight, double scale, aei_loss_slope *slope) {
  block_job job = {.c = c, .slope = slope, .scale = scale, .weight = weight};
  return run_gradient(&job, c, x, target, weight);
}

ae_status aei_point_loss_forward(double *loss, ae_criterion *c, const ae_tensor *x,
                                 const ae_tensor *target, const ae_tensor *weights, int average,
                                 aei_loss_point *value) {
  ae_tensor view = ae_tensor_local(c->type);
  double sum;
  AEI_TRY(aei_check_target(c, x, target));
  AEI_TRY(aei_loss_weights(&weights, &view, c, weights, x));
  block_job job = {.c = c, .point = value, .weight = weights};
  ae_status status = run_sum(&sum, &job, c, x, target, weights);
  ae_tensor_clear(&view);
  if (status == AE_OK) *loss = sum * aei_mean_factor(c, average, x);
  return status;
}

ae_status aei_point_loss_backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                                  const ae_tensor *weights, int average, aei_loss_point *slope) {
  ae_tensor view = ae_tensor_local(c->type);
  AEI_TRY(aei_check_target(c, x, target));
  AEI_TRY(aei_loss_weights(&weights, &view, c, weights, x));
  block_job job = {
      .c = c, .point = slope, .scale = aei_mean_factor(c, average, x), .weight = weights};
  ae_status status = run_gradient(&job, c, x, target, weights);
  ae_tensor_clear(&view);
  return status;
}
