/* protocol.c - running a module: the host's version of a step where it has one, else the layer's,
 * with the checks that are the same for every layer. */
#include "layer/layer.h"

#include <stdio.h>

/* ---- checks ---- */

/* where: "" or the place in a table, "[2]". */
static ae_status check_tensor(const ae_module *m, const char *where, const ae_tensor *x) {
  if (x->nparts > 0)
    return aei_fail(AE_ESHAPE, "%s: input%s is %s, want a tensor", AEI_NAME(m), where,
                    AEI_SHAPE(x));
  if (x->type != m->type)
    return aei_fail(
        AE_ETYPE, "%s: input%s is a %sTensor, the module is of type %s; call :%s() on one of them",
        AEI_NAME(m), where, ae_type_name(x->type), ae_type_name(m->type),
        m->type == AE_FLOAT ? "float" : "double");
  if (x->ndim == 0) return aei_fail(AE_ESHAPE, "%s: input%s is empty", AEI_NAME(m), where);
  return AE_OK;
}

ae_status aei_check_input(const ae_module *m, const ae_tensor *x) { return check_tensor(m, "", x); }

ae_status aei_check_table(const ae_module *m, const ae_tensor *x, int n) {
  char want[32] = "a table of tensors";
  if (n > 0) snprintf(want, sizeof want, "a table of %d tensors", n);
  if (x->nparts == 0 || (n > 0 && x->nparts != n))
    return aei_fail(AE_ESHAPE, "%s: input is %s, want %s", AEI_NAME(m), AEI_SHAPE(x), want);
  return AE_OK;
}

ae_status aei_check_tensors(const ae_module *m, const ae_tensor *x, int n) {
  AEI_TRY(aei_check_table(m, x, n));
  for (int i = 0; i < x->nparts; i++) {
    char where[16];
    snprintf(where, sizeof where, "[%d]", i + 1);
    AEI_TRY(check_tensor(m, where, x->part[i]));
  }
  return AE_OK;
}

/* where: the place in tables inside each other, "[2][1]". */
static ae_status check_grad(const ae_module *m, const char *where, const ae_tensor *gy,
                            const ae_tensor *y) {
  if (gy->nparts == 0 && y->nparts == 0 && gy->type != y->type)
    return aei_fail(AE_ETYPE, "%s: gradOutput%s is a %sTensor, the output%s a %sTensor",
                    AEI_NAME(m), where, ae_type_name(gy->type), where, ae_type_name(y->type));
  if (gy->nparts != y->nparts || !ae_same_size(gy, y))
    return aei_fail(AE_ESHAPE, "%s: gradOutput%s is %s, the output%s was %s", AEI_NAME(m), where,
                    AEI_SHAPE(gy), where, AEI_SHAPE(y));
  for (int i = 0; i < y->nparts; i++) {
    char inner[16 * AE_MAXDEPTH];
    snprintf(inner, sizeof inner, "%s[%d]", where, i + 1);
    AEI_TRY(check_grad(m, inner, gy->part[i], y->part[i]));
  }
  return AE_OK;
}

ae_status aei_check_grad_output(const ae_module *m, const ae_tensor *gy) {
  if (m->output->ndim == 0 && m->output->nparts == 0)
    return aei_fail(AE_EARG, "%s: backward was called before forward", AEI_NAME(m));
  return check_grad(m, "", gy, m->output);
}

/* Someone may have resized a parameter since it was checked: the layers' loops rely on the rule. */
static ae_status check_parameters(const ae_module *m) {
  const ae_parameter *p = m->layer->parameters;
  for (int i = 0; p && p[i].name; i++) {
    int64_t size[AE_MAXDIM];
    int ndim = p[i].shape ? p[i].shape(m, size) : 0;
    if (ndim == 0) continue;
    for (int k = 0; k < 2; k++) {
      const ae_tensor *t = k ? m->grad[i] : m->param[i];
      char text[AEI_SHAPE_CAPACITY];
      if (!aei_same_sizes(ndim, size, t->ndim, t->size))
        return aei_fail(AE_ESHAPE, "%s: %s is %s, should be %s", AEI_NAME(m),
                        k ? p[i].grad : p[i].name, AEI_SHAPE(t),
                        ae_shape_string(text, sizeof text, ndim, size));
    }
  }
  return AE_OK;
}

/* ---- tensors that are read and written ---- */

/* Whether what is in the slot is in another one too, or comes with the step. */
static bool is_used(const ae_module *m, ae_tensor **slot, const ae_tensor *x, const ae_tensor *gy) {
  const ae_tensor *t = *slot;
  bool used = aei_is_in(x, t) || (gy && aei_is_in(gy, t));
  for (int i = 0; i < AE_MAXPARAMETERS; i++) used = used || t == m->param[i] || t == m->grad[i];
  for (int i = 0; i < AE_MAXBUFFERS; i++)
    used = used || (t == m->buffer[i] && slot != &m->buffer[i]);
  return used;
}

static bool is_scratch(const ae_module *m, int i) {
  return m->buffer[i] && !m->layer->buffers[i].shape;
}

/* Whether none of what a step writes, the result (NULL: it has none of its own) and scratch, is
 * used otherwise. */
static bool is_apart(ae_module *m, ae_tensor **result, const ae_tensor *x, const ae_tensor *gy) {
  bool apart = !result || !is_used(m, result, x, gy);
  for (int i = 0; i < AE_MAXBUFFERS; i++)
    apart = apart && !(is_scratch(m, i) && is_used(m, &m->buffer[i], x, gy));
  return apart;
}

/* A layer resizes what it writes when it has checked what it reads: a tensor that is both, as a
 * script may have it, is left to the others who hold it. */
static ae_status set_apart(ae_module *m, ae_tensor **result, const ae_tensor *x,
                           const ae_tensor *gy) {
  if (is_apart(m, result, x, gy)) return AE_OK;
  if (result && is_used(m, result, x, gy)) AEI_TRY(aei_renew(result, m->type));
  for (int i = 0; i < AE_MAXBUFFERS; i++)
    if (is_scratch(m, i) && is_used(m, &m->buffer[i], x, gy))
      AEI_TRY(aei_renew(&m->buffer[i], m->type));
  return AE_OK;
}

/* Where a step's result is its own to resize; NULL: nowhere. */
static ae_tensor **own_output(ae_module *m) { return m->output_lent ? NULL : &m->output; }
static ae_tensor **own_grad_input(ae_module *m) {
  return m->grad_input && !m->grad_input_lent ? &m->grad_input : NULL;
}

static ae_status check_backward(const ae_module *m, const ae_tensor *gy) {
  AEI_TRY(aei_check_grad_output(m, gy));
  return check_parameters(m);
}

static ae_status missing(const ae_module *m, const char *function) {
  return aei_fail(AE_EARG, "%s does not define %s", AEI_NAME(m), function);
}

/* ---- steps ---- */

static ae_status own_forward(ae_module *m, ae_tensor *x) {
  if (!m->layer->forward) return missing(m, "updateOutput");
  AEI_TRY(check_parameters(m));
  AEI_TRY(set_apart(m, own_output(m), x, NULL));
  return m->layer->forward(m, x);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  return aei_host_forwards(m) ? aei_host_forward(m, x) : own_forward(m, x);
}

static ae_status own_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (!m->layer->backward) return missing(m, "updateGradInput");
  AEI_TRY(check_backward(m, gy));
  AEI_TRY(set_apart(m, own_grad_input(m), x, gy));
  return m->layer->backward(m, x, gy);
}

/* A container is run even when nobody wants its gradInput: its children may have parameters. */
static ae_status update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (aei_host_goes_back(m)) return aei_host_step(m, AE_DO_BACKWARD, x, gy);
  if (!m->grad_input && !m->layer->container) return AE_OK;
  if (ae_module_overrides(m, AE_DO_UPDATE_GRAD_INPUT)) return aei_host_update_grad_input(m, x, gy);
  return own_update_grad_input(m, x, gy);
}

static ae_status own_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  if (!m->layer->accumulate) return AE_OK;
  AEI_TRY(check_backward(m, gy));
  AEI_TRY(set_apart(m, NULL, x, gy));
  return m->layer->accumulate(m, x, gy, scale);
}

static ae_status accumulate_once(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  if (ae_module_overrides(m, AE_DO_ACCUMULATE)) return aei_host_accumulate(m, x, gy, scale);
  return own_accumulate(m, x, gy, scale);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  if (aei_host_goes_back(m)) return AE_OK; /* in the pass before */
  if (!aei_updates()) return accumulate_once(m, x, gy, scale);
  if (ae_module_overrides(m, AE_DO_ACC_UPDATE)) return aei_host_step(m, AE_DO_ACC_UPDATE, x, gy);
  return aei_update_step(m, x, gy, accumulate_once);
}

ae_status aei_open_forward_rows(ae_module *m, ae_tensor *x, bool *able) {
  *able = false;
  AEI_TRY(check_parameters(m));
  if (!is_apart(m, own_output(m), x, NULL)) return AE_OK;
  return m->layer->rows->open_forward(m, x, able);
}

ae_status aei_open_backward_rows(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able) {
  *able = false;
  AEI_TRY(check_backward(m, gy));
  if (!is_apart(m, own_grad_input(m), x, gy)) return AE_OK;
  return m->layer->rows->open_backward(m, x, gy, able);
}

/* ---- the interface: what takes part stays alive, whatever a host's function does ---- */

static void hold(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_module_retain(m);
  ae_tensor_retain(x);
  ae_tensor_retain(gy);
}

static ae_status let_go(ae_status status, ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_module_release(m);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  return status;
}

ae_status ae_module_forward(ae_module *m, ae_tensor *x) {
  hold(m, x, NULL);
  return let_go(forward(m, x), m, x, NULL);
}

ae_status ae_module_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  hold(m, x, gy);
  return let_go(update_grad_input(m, x, gy), m, x, gy);
}

ae_status ae_module_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  hold(m, x, gy);
  return let_go(accumulate(m, x, gy, scale), m, x, gy);
}

static ae_status both(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(update_grad_input(m, x, gy));
  return accumulate(m, x, gy, scale);
}

ae_status ae_module_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  aei_pass outer = aei_pass_begin(AEI_BOTH, scale);
  hold(m, x, gy);
  return aei_pass_end(outer, let_go(both(m, x, gy, scale), m, x, gy));
}

/* ---- the layer's own, for the host's classes ---- */

ae_status ae_module_own_forward(ae_module *m, ae_tensor *x) {
  hold(m, x, NULL);
  return let_go(own_forward(m, x), m, x, NULL);
}

ae_status ae_module_own_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (!m->grad_input && !m->layer->container) return AE_OK;
  hold(m, x, gy);
  return let_go(own_update_grad_input(m, x, gy), m, x, gy);
}

ae_status ae_module_own_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  hold(m, x, gy);
  return let_go(own_accumulate(m, x, gy, scale), m, x, gy);
}

ae_status ae_module_own_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  aei_pass outer = aei_pass_begin(AEI_BOTH, scale);
  ae_status status = ae_module_own_update_grad_input(m, x, gy);
  if (status == AE_OK) status = ae_module_own_accumulate(m, x, gy, scale);
  return aei_pass_end(outer, status);
}

ae_status ae_module_own_accumulate_update(ae_module *m, ae_tensor *x, ae_tensor *gy, double rate) {
  aei_pass outer = aei_pass_begin(AEI_UPDATE, rate);
  hold(m, x, gy);
  return aei_pass_end(outer, let_go(aei_update_step(m, x, gy, accumulate_once), m, x, gy));
}
