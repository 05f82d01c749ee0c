/* override.c - modules whose class, written in the host language, has its own versions of methods.
 *
 * A container goes backward in two passes: gradInput through all children, then the gradients of
 * their parameters. What kind of step the passes belong to is kept here, so that a child deep
 * inside can be given the whole step: its own `backward` when both are made, its own
 * accUpdateGradParameters when the second one updates. While the host runs, no step is under way:
 * what it calls begins anew. */
#include "layer/layer.h"

static _Thread_local aei_pass current;

aei_pass aei_pass_begin(aei_pass_kind kind, double scale) {
  aei_pass outer = current;
  current = (aei_pass){kind, scale};
  return outer;
}

ae_status aei_pass_end(aei_pass outer, ae_status status) {
  current = outer;
  return status;
}

/* ---- what is overridden ---- */

bool ae_module_overrides(const ae_module *m, ae_method method) {
  const ae_host *h = m->host;
  if (!h) return false;
  if (h->overrides) return h->overrides(m, method);
  return (method == AE_DO_UPDATE_OUTPUT && h->forward) ||
         (method == AE_DO_UPDATE_GRAD_INPUT && h->backward) ||
         (method == AE_DO_ACCUMULATE && h->accumulate);
}

bool aei_host_forwards(const ae_module *m) {
  return m->host &&
         (ae_module_overrides(m, AE_DO_UPDATE_OUTPUT) || ae_module_overrides(m, AE_DO_FORWARD));
}

bool aei_host_goes_back(const ae_module *m) {
  return current.kind == AEI_BOTH && ae_module_overrides(m, AE_DO_BACKWARD);
}

bool aei_updates(void) { return current.kind == AEI_UPDATE; }

bool aei_learns(const ae_module *m) {
  if (m->host &&
      (ae_module_overrides(m, AE_DO_UPDATE_GRAD_INPUT) ||
       ae_module_overrides(m, AE_DO_ACCUMULATE) || ae_module_overrides(m, AE_DO_BACKWARD) ||
       ae_module_overrides(m, AE_DO_PARAMETERS)))
    return true;
  for (int i = 0; i < AE_MAXPARAMETERS; i++)
    if (m->param[i] && m->grad[i]) return true;
  for (int i = 0; i < m->nchildren; i++)
    if (aei_learns(m->child[i].module)) return true;
  return false;
}

/* ---- running the host's versions ---- */

ae_status aei_host_forward(ae_module *m, ae_tensor *x) {
  aei_pass outer = aei_pass_begin(AEI_SINGLE, 0);
  return aei_pass_end(outer, m->host->forward(m, x));
}

ae_status aei_host_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_pass outer = aei_pass_begin(AEI_SINGLE, 0);
  return aei_pass_end(outer, m->host->backward(m, x, gy));
}

ae_status aei_host_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  aei_pass outer = aei_pass_begin(AEI_SINGLE, 0);
  return aei_pass_end(outer, m->host->accumulate(m, x, gy, scale));
}

ae_status aei_host_step(ae_module *m, ae_method method, ae_tensor *x, ae_tensor *gy) {
  aei_pass outer = aei_pass_begin(AEI_SINGLE, 0);
  return aei_pass_end(outer, m->host->step(m, method, x, gy, outer.scale));
}

ae_status aei_host_call(ae_module *m, ae_method method, double number) {
  aei_pass outer = aei_pass_begin(AEI_SINGLE, 0);
  ae_module_retain(m);
  ae_status status = m->host->call(m, method, number);
  ae_module_release(m);
  return aei_pass_end(outer, status);
}

/* ---- accUpdateGradParameters ---- */

/* The parameters take the place of their gradients, to which the step is added. */
static ae_status add_to_parameters(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale,
                                   aei_accumulate *accumulate) {
  ae_tensor *kept[AE_MAXPARAMETERS];
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    kept[i] = m->grad[i];
    m->grad[i] = kept[i] ? ae_tensor_retain(m->param[i]) : NULL;
  }
  ae_status status = accumulate(m, x, gy, scale);
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    ae_tensor_release(m->grad[i]);
    m->grad[i] = kept[i];
  }
  return status;
}

/* Where the host keeps parameters, or a container of the host's reaches those inside by itself: the
 * gradients are overwritten. */
ae_status aei_update_step(ae_module *m, ae_tensor *x, ae_tensor *gy, aei_accumulate *accumulate) {
  double rate = current.scale;
  bool inside = m->layer->container, own = ae_module_overrides(m, AE_DO_ACCUMULATE);
  if (inside && !own) return m->layer->accumulate ? m->layer->accumulate(m, x, gy, 1) : AE_OK;
  if (!inside && !ae_module_overrides(m, AE_DO_PARAMETERS))
    return add_to_parameters(m, x, gy, -rate, accumulate);
  AEI_TRY(ae_module_zero_grad(m));
  AEI_TRY(accumulate(m, x, gy, 1));
  return ae_module_update(m, rate);
}
