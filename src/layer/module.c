/* module.c - modules as objects: making and releasing them, and the tensors in their slots. */
#include "layer/layer.h"

#include <stdio.h>
#include <string.h>

const ae_layer *ae_layer_find(const char *name) {
  for (int i = 0; ae_layers[i]; i++)
    if (strcmp(ae_layers[i]->name, name) == 0) return ae_layers[i];
  return NULL;
}

const char *ae_module_describe(const ae_module *m, char *buffer, size_t capacity) {
  /* NOLINTNEXTLINE(*NullDereference): a slot that is not found does not mean that m is NULL */
  bool named = m->host && m->host->name;
  int used = snprintf(buffer, capacity, "%s%s", named ? "" : "nn.",
                      named ? m->host->name(m) : m->layer->name);
  if (m->layer->describe && used > 0 && (size_t)used < capacity)
    m->layer->describe(m, buffer + used, capacity - (size_t)used);
  return buffer;
}

/* ---- slots ---- */

static int nparameters(const ae_layer *l) {
  int n = 0;
  while (l->parameters && l->parameters[n].name) n++;
  return n;
}

static int nbuffers(const ae_layer *l) {
  int n = 0;
  while (l->buffers && l->buffers[n].name) n++;
  return n;
}

ae_status aei_each_slot(ae_module *m, aei_slot_action *act, void *user) {
  for (int i = 0; i < nparameters(m->layer); i++) {
    if (!m->param[i]) continue;
    AEI_TRY(act(user, &m->param[i], AEI_KEPT));
    if (m->grad[i]) AEI_TRY(act(user, &m->grad[i], AEI_GRADIENT));
  }
  for (int i = 0; i < nbuffers(m->layer); i++)
    if (m->buffer[i])
      AEI_TRY(act(user, &m->buffer[i], m->layer->buffers[i].shape ? AEI_KEPT : AEI_STATE));
  AEI_TRY(act(user, &m->output, AEI_STATE));
  if (m->grad_input) AEI_TRY(act(user, &m->grad_input, AEI_STATE));
  return AE_OK;
}

/* The place of a named tensor, with the rule its sizes must follow; NULL when there is no such
 * slot. */
static ae_tensor **find_slot(ae_module *m, const char *slot,
                             int (**shape)(const ae_module *, int64_t *)) {
  *shape = NULL;
  if (strcmp(slot, "output") == 0) return &m->output;
  if (strcmp(slot, "gradInput") == 0) return &m->grad_input;
  for (int i = 0; i < nparameters(m->layer); i++) {
    const ae_parameter *p = &m->layer->parameters[i];
    *shape = p->shape;
    if (strcmp(slot, p->name) == 0) return &m->param[i];
    if (strcmp(slot, p->grad) == 0) return &m->grad[i];
  }
  for (int i = 0; i < nbuffers(m->layer); i++) {
    *shape = m->layer->buffers[i].shape;
    if (strcmp(slot, m->layer->buffers[i].name) == 0) return &m->buffer[i];
  }
  return NULL;
}

ae_tensor *ae_module_tensor(const ae_module *m, const char *slot, bool *known) {
  int (*shape)(const ae_module *, int64_t *);
  ae_tensor **place = find_slot((ae_module *)(uintptr_t)m, slot, &shape);
  if (known) *known = place != NULL;
  return place ? *place : NULL;
}

/* A slot with a shape rule takes tensors of that shape only. */
static ae_status check_shape(const ae_module *m, const char *slot, const ae_tensor *value,
                             int (*shape)(const ae_module *, int64_t *)) {
  int64_t size[AE_MAXDIM];
  int ndim = shape ? shape(m, size) : -1;
  char text[AEI_SHAPE_CAPACITY];
  if (ndim == 0) return aei_fail(AE_EARG, "%s has no %s", AEI_NAME(m), slot);
  if (ndim < 0 || aei_same_sizes(ndim, size, value->ndim, value->size)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: %s cannot be %s, it should be %s", AEI_NAME(m), slot,
                  AEI_SHAPE(value), ae_shape_string(text, sizeof text, ndim, size));
}

/* A parameter that an option of its name says there is, bias = true, may be taken away: it goes
 * with its gradient, whichever is named first. */
static ae_status drop_parameter(ae_module *m, const char *slot) {
  const ae_layer *l = m->layer;
  for (int i = 0; i < nparameters(l); i++) {
    const ae_parameter *p = &l->parameters[i];
    int k = ae_option_find(l->options, p->name);
    if (strcmp(slot, p->name) != 0 && strcmp(slot, p->grad) != 0) continue;
    if (k < 0 || l->options[k].kind != AE_BOOL) break;
    m->option[k].number = 0;
    ae_tensor_release(m->param[i]);
    ae_tensor_release(m->grad[i]);
    m->param[i] = m->grad[i] = NULL;
    return AE_OK;
  }
  return aei_fail(AE_EARG, "%s: %s must be a tensor", AEI_NAME(m), slot);
}

static void point_at(ae_tensor **slot, ae_tensor *t) {
  ae_tensor *old = *slot;
  *slot = ae_tensor_retain(t);
  ae_tensor_release(old);
}

ae_status ae_module_set_tensor(ae_module *m, const char *slot, ae_tensor *value) {
  int (*shape)(const ae_module *, int64_t *);
  ae_tensor **place = find_slot(m, slot, &shape);
  if (!place) return aei_fail(AE_EARG, "%s has no tensor \"%s\"", AEI_NAME(m), slot);
  if (!value && place != &m->grad_input) return drop_parameter(m, slot);
  bool table = value && value->nparts > 0;
  if (table && place != &m->output && place != &m->grad_input)
    return aei_fail(AE_EARG, "%s: %s cannot be %s", AEI_NAME(m), slot, AEI_SHAPE(value));
  if (value && !table && value->type != m->type)
    return aei_fail(AE_ETYPE, "%s: %s cannot be a %sTensor, the module is of type %s", AEI_NAME(m),
                    slot, ae_type_name(value->type), ae_type_name(m->type));
  if (value) AEI_TRY(check_shape(m, slot, value, shape));
  point_at(place, value);
  if (place == &m->output) m->output_lent = false;
  if (place == &m->grad_input) m->grad_input_lent = false;
  return AE_OK;
}

void aei_set_output(ae_module *m, ae_tensor *t) {
  point_at(&m->output, t);
  m->output_lent = true;
}

void aei_set_grad_input(ae_module *m, ae_tensor *t) {
  point_at(&m->grad_input, t);
  m->grad_input_lent = true;
}

/* ---- changing options ---- */

static bool fits(const ae_module *m, const ae_tensor *t,
                 int (*shape)(const ae_module *, int64_t *)) {
  int64_t size[AE_MAXDIM];
  int ndim = shape ? shape(m, size) : -1;
  if (ndim < 0) return true;
  return t ? aei_same_sizes(ndim, size, t->ndim, t->size) : ndim == 0;
}

/* The options together, and against the tensors they gave the sizes of. */
static ae_status check_changed(const ae_module *m, const char *name) {
  const ae_layer *l = m->layer;
  bool all_fit = true;
  if (l->check) AEI_TRY(l->check(m));
  for (int i = 0; i < nparameters(l); i++)
    all_fit = all_fit && fits(m, m->param[i], l->parameters[i].shape);
  for (int i = 0; i < nbuffers(l); i++)
    all_fit = all_fit && fits(m, m->buffer[i], l->buffers[i].shape);
  if (all_fit) return AE_OK;
  return aei_fail(AE_EARG, "nn.%s: %s cannot be changed, its tensors have their sizes from it",
                  l->name, name);
}

/* Output and gradInput begin anew: an in-place layer's were its user's tensors. */
ae_status ae_module_set_option(ae_module *m, int i, const ae_value *value) {
  const ae_option *option = &m->layer->options[i];
  ae_tensor *output = NULL, *grad_input = NULL;
  ae_value old = m->option[i];
  AEI_TRY(ae_option_check(AEI_NAME(m), option, value));
  m->option[i] = *value;
  aei_option_follow(m->layer->options, m->option, i);
  ae_status status = check_changed(m, option->name);
  if (status == AE_OK) status = ae_tensor_new(&output, m->type);
  if (status == AE_OK && m->grad_input) status = ae_tensor_new(&grad_input, m->type);
  if (status != AE_OK) {
    m->option[i] = old;
  } else {
    ae_tensor_retain(value->tensor);
    ae_tensor_release(old.tensor);
    point_at(&m->output, output);
    point_at(&m->grad_input, grad_input);
    m->output_lent = m->grad_input_lent = false;
  }
  ae_tensor_release(output);
  ae_tensor_release(grad_input);
  return status;
}

/* ---- making ---- */

/* A zeroed tensor of the shape; none at all when the rule says rank 0. */
static ae_status make_shaped(ae_tensor **out, const ae_module *m,
                             int (*shape)(const ae_module *, int64_t *)) {
  int64_t size[AE_MAXDIM];
  int ndim = shape(m, size);
  if (ndim == 0) return AE_OK;
  AEI_TRY(ae_tensor_new_sized(out, m->type, ndim, size));
  return ae_fill(*out, ae_from_int(0));
}

static ae_status make_tensors(ae_module *m) {
  const ae_layer *l = m->layer;
  AEI_TRY(ae_tensor_new(&m->output, m->type));
  AEI_TRY(ae_tensor_new(&m->grad_input, m->type));
  for (int i = 0; i < nparameters(l); i++) {
    if (!l->parameters[i].shape) continue;
    AEI_TRY(make_shaped(&m->param[i], m, l->parameters[i].shape));
    AEI_TRY(make_shaped(&m->grad[i], m, l->parameters[i].shape));
  }
  for (int i = 0; i < nbuffers(l); i++) {
    if (l->buffers[i].shape)
      AEI_TRY(make_shaped(&m->buffer[i], m, l->buffers[i].shape));
    else
      AEI_TRY(ae_tensor_new(&m->buffer[i], m->type));
  }
  return AE_OK;
}

static ae_status fill_new(ae_module *m, ae_generator *g) {
  if (m->layer->check) AEI_TRY(m->layer->check(m));
  AEI_TRY(make_tensors(m));
  if (m->layer->reset) m->layer->reset(m, 0, g);
  return AE_OK;
}

ae_status ae_module_new(ae_module **out, const ae_layer *layer, const ae_value *option,
                        ae_type type, ae_generator *g) {
  char owner[64];
  snprintf(owner, sizeof owner, "nn.%s", layer->name);
  AEI_TRY(aei_check_options(owner, layer->options, option));
  if (!ae_type_is_real(type))
    return aei_fail(AE_ETYPE, "%s: modules are of type Float or Double, not %s", owner,
                    ae_type_name(type));
  ae_module *m = aei_calloc(sizeof *m);
  if (!m) return AE_EMEM;
  m->refs = 1;
  m->layer = layer;
  m->type = type;
  m->training = true;
  aei_options_take(layer->options, m->option, option);
  ae_status status = fill_new(m, g);
  if (status != AE_OK) return ae_module_release(m), status;
  *out = m;
  return AE_OK;
}

ae_module *ae_module_retain(ae_module *m) {
  if (m) m->refs++;
  return m;
}

void ae_module_release(ae_module *m) {
  if (!m || --m->refs > 0) return;
  if (m->host && m->host->destroyed) m->host->destroyed(m);
  for (int i = 0; i < m->nchildren; i++) {
    ae_module_release(m->child[i].module);
    aei_free(m->child[i].name);
  }
  aei_free(m->child);
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    ae_tensor_release(m->param[i]);
    ae_tensor_release(m->grad[i]);
  }
  for (int i = 0; i < AE_MAXBUFFERS; i++) ae_tensor_release(m->buffer[i]);
  ae_tensor_release(m->output);
  ae_tensor_release(m->grad_input);
  aei_options_drop(m->option);
  aei_drop_own(m);
  aei_free(m);
}
