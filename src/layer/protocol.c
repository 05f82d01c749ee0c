/* protocol.c - running a module: the host's version of a step where it has one, else the layer's,
 * with the checks that are the same for every layer. */
#include "layer/layer.h"

/* ---- checks ---- */

ae_status aei_check_input(const ae_module *m, const ae_tensor *x) {
  if (x->type != m->type)
    return aei_fail(AE_ETYPE,
                    "%s: input is a %sTensor, the module is of type %s; call :%s() on one of them",
                    AEI_NAME(m), ae_type_name(x->type), ae_type_name(m->type),
                    m->type == AE_FLOAT ? "float" : "double");
  if (x->ndim == 0) return aei_fail(AE_ESHAPE, "%s: input is empty", AEI_NAME(m));
  return AE_OK;
}

ae_status aei_check_grad_output(const ae_module *m, const ae_tensor *gy) {
  if (m->output->ndim == 0)
    return aei_fail(AE_EARG, "%s: backward was called before forward", AEI_NAME(m));
  if (gy->type != m->output->type)
    return aei_fail(AE_ETYPE, "%s: gradOutput is a %sTensor, the output a %sTensor", AEI_NAME(m),
                    ae_type_name(gy->type), ae_type_name(m->output->type));
  if (!ae_same_size(gy, m->output))
    return aei_fail(AE_ESHAPE, "%s: gradOutput is %s, the output was %s", AEI_NAME(m),
                    AEI_SHAPE(gy), AEI_SHAPE(m->output));
  return AE_OK;
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

static ae_status missing(const ae_module *m, const char *function) {
  return aei_fail(AE_EARG, "%s does not define %s", AEI_NAME(m), function);
}

/* ---- steps ---- */

static ae_status own_forward(ae_module *m, ae_tensor *x) {
  if (!m->layer->forward) return missing(m, "updateOutput");
  AEI_TRY(check_parameters(m));
  return m->layer->forward(m, x);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  return aei_host_forwards(m) ? aei_host_forward(m, x) : own_forward(m, x);
}

static ae_status own_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (!m->layer->backward) return missing(m, "updateGradInput");
  AEI_TRY(aei_check_grad_output(m, gy));
  AEI_TRY(check_parameters(m));
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
  AEI_TRY(aei_check_grad_output(m, gy));
  AEI_TRY(check_parameters(m));
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
  AEI_TRY(check_parameters(m));
  return m->layer->rows->open_forward(m, x, able);
}

ae_status aei_open_backward_rows(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able) {
  AEI_TRY(aei_check_grad_output(m, gy));
  AEI_TRY(check_parameters(m));
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
