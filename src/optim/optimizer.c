/* optimizer.c - an optimizer and the network it was made for: one slot per parameter, and the check
 * before every step that the parameters are still the same. */
#include "layer/layer.h"

#include <stdio.h>
#include <string.h>

static int nstates(const ae_optim *optim) {
  int n = 0;
  while (optim->state && optim->state[n]) n++;
  return n;
}

/* ---- slots ---- */

static void clear_slots(ae_optimizer *o) {
  for (int i = 0; i < o->nslots; i++) {
    ae_optim_slot *slot = &o->slot[i];
    aei_free(slot->path);
    ae_tensor_release(slot->value);
    ae_tensor_release(slot->grad);
    for (int k = 0; k < AE_MAXSTATE; k++) ae_tensor_release(slot->state[k]);
  }
  aei_free(o->slot);
}

static ae_status add_slot(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  ae_optimizer *o = user;
  ae_optim_slot *list = aei_realloc(o->slot, (size_t)(o->nslots + 1) * sizeof *list);
  if (!list) return AE_EMEM;
  o->slot = list;
  ae_optim_slot *slot = &list[o->nslots++];
  *slot = (ae_optim_slot){
      .path = aei_strdup(path), .value = ae_tensor_retain(value), .grad = ae_tensor_retain(grad)};
  if (!slot->path) return AE_EMEM;
  for (int k = 0; k < nstates(o->optim); k++) AEI_TRY(ae_tensor_new(&slot->state[k], value->type));
  return AE_OK;
}

static ae_status check_options(const ae_optim *optim, const ae_value *option) {
  char owner[64];
  snprintf(owner, sizeof owner, "optim.%s", optim->name);
  AEI_TRY(aei_check_options(owner, optim->options, option));
  return optim->check ? optim->check(option) : AE_OK;
}

static ae_status fill_new(ae_optimizer *o) {
  AEI_TRY(ae_module_visit_parameters(o->net, add_slot, o));
  if (o->nslots > 0) return AE_OK;
  return aei_fail(AE_EARG, "optim.%s: %s has no parameters", o->optim->name, AEI_NAME(o->net));
}

ae_status ae_optimizer_new(ae_optimizer **out, const ae_optim *optim, ae_module *net,
                           const ae_value *option) {
  AEI_TRY(check_options(optim, option));
  ae_optimizer *o = aei_calloc(sizeof *o);
  if (!o) return AE_EMEM;
  o->refs = 1;
  o->optim = optim;
  o->net = ae_module_retain(net);
  aei_options_take(optim->options, o->option, option);
  ae_status status = fill_new(o);
  if (status != AE_OK) return ae_optimizer_release(o), status;
  *out = o;
  return AE_OK;
}

ae_optimizer *ae_optimizer_retain(ae_optimizer *o) {
  if (o) o->refs++;
  return o;
}

void ae_optimizer_release(ae_optimizer *o) {
  if (!o || --o->refs > 0) return;
  clear_slots(o);
  ae_module_release(o->net);
  aei_options_drop(o->option);
  aei_free(o);
}

/* ---- is the network still the one? ---- */

typedef struct check {
  ae_optimizer *o;
  int found; /* parameters that have a slot, so far */
} check;

/* The slot of a parameter, or NULL; slots are mostly met in order. */
static const ae_optim_slot *find_slot(const ae_optimizer *o, const ae_tensor *value, int hint) {
  if (hint < o->nslots && o->slot[hint].value == value) return &o->slot[hint];
  for (int i = 0; i < o->nslots; i++)
    if (o->slot[i].value == value) return &o->slot[i];
  return NULL;
}

static ae_status stop_at(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)path, (void)grad;
  return value == user ? AE_EARG : AE_OK;
}

static bool in_network(const ae_optimizer *o, ae_tensor *value) {
  return ae_module_visit_parameters(o->net, stop_at, value) != AE_OK;
}

static ae_status changed(const ae_optimizer *o, const char *path, const char *how) {
  return aei_fail(AE_EARG,
                  "optim.%s: parameter %s was %s after the optimizer was made; make a new one "
                  "for the changed network",
                  o->optim->name, path, how);
}

static ae_status check_parameter(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  check *k = user;
  const ae_optim_slot *slot = find_slot(k->o, value, k->found);
  if (slot && slot->grad == grad) return k->found++, AE_OK;
  if (slot) return changed(k->o, path, "given another gradient");
  for (int i = 0; i < k->o->nslots; i++)
    if (strcmp(k->o->slot[i].path, path) == 0 && !in_network(k->o, k->o->slot[i].value))
      return changed(k->o, path, "replaced");
  return changed(k->o, path, "added to the network");
}

static ae_status check_network(ae_optimizer *o) {
  check k = {.o = o};
  AEI_TRY(ae_module_visit_parameters(o->net, check_parameter, &k));
  for (int i = 0; k.found < o->nslots && i < o->nslots; i++)
    if (!in_network(o, o->slot[i].value))
      return changed(o, o->slot[i].path, "removed from the network");
  return AE_OK;
}

/* ---- stepping ---- */

static ae_status check_state(const char *name, const ae_tensor *x, const ae_tensor *g,
                             ae_tensor *const *state, int n) {
  if (!ae_type_is_real(x->type) || x->type != g->type)
    return aei_fail(AE_ETYPE, "optim.%s: parameters are a %sTensor and the gradient is a %sTensor",
                    name, ae_type_name(x->type), ae_type_name(g->type));
  if (!ae_same_size(x, g))
    return aei_fail(AE_ESHAPE, "optim.%s: parameters are %s and the gradient is %s", name,
                    AEI_SHAPE(x), AEI_SHAPE(g));
  for (int i = 0; i < n; i++) {
    if (state[i]->ndim == 0) continue;
    if (state[i]->type != x->type || ae_nelement(state[i]) != ae_nelement(x))
      return aei_fail(AE_ESHAPE,
                      "optim.%s: parameters are %s (%s) and the state kept from earlier steps is "
                      "%s (%s)",
                      name, AEI_SHAPE(x), ae_type_name(x->type), AEI_SHAPE(state[i]),
                      ae_type_name(state[i]->type));
  }
  return AE_OK;
}

ae_status aei_prepare_state(const char *name, const ae_tensor *x, const ae_tensor *g,
                            ae_tensor **state, int n) {
  AEI_TRY(check_state(name, x, g, state, n));
  for (int i = 0; i < n; i++) {
    if (state[i]->ndim > 0) continue;
    AEI_TRY(aei_prepare(state[i], x->type, x->ndim, x->size));
    AEI_TRY(ae_fill(state[i], ae_from_int(0)));
  }
  return AE_OK;
}

/* Memory for states that are still empty, which they stay: the rule sees its first step by it. */
static ae_status reserve(const ae_tensor *x, ae_tensor *state) {
  if (state->ndim > 0) return AE_OK;
  AEI_TRY(aei_prepare(state, x->type, x->ndim, x->size));
  return ae_resize(state, 0, NULL);
}

/* Whatever can fail in a step does so here, before the first parameter changes. */
static ae_status prepare_step(ae_optimizer *o) {
  const int n = o->optim->states ? o->optim->states(o->option) : nstates(o->optim);
  for (int i = 0; i < o->nslots; i++) {
    ae_optim_slot *slot = &o->slot[i];
    ae_status status = check_state(o->optim->name, slot->value, slot->grad, slot->state, n);
    for (int k = 0; status == AE_OK && k < n; k++) status = reserve(slot->value, slot->state[k]);
    if (status != AE_OK) return aei_prefix(status, "%s", slot->path);
  }
  return AE_OK;
}

ae_status ae_optimizer_step(ae_optimizer *o) {
  AEI_TRY(check_network(o));
  AEI_TRY(prepare_step(o));
  for (int i = 0; i < o->nslots; i++) {
    ae_optim_slot *slot = &o->slot[i];
    ae_status status = o->optim->update(o->option, o->steps, slot->value, slot->grad, slot->state);
    if (status != AE_OK) return aei_prefix(status, "%s", slot->path);
  }
  o->steps++;
  return AE_OK;
}

ae_status ae_optimizer_zero_grad(ae_optimizer *o) {
  if (!ae_module_overrides(o->net, AE_DO_ZERO_GRAD)) return ae_module_zero_grad(o->net);
  return aei_host_call(o->net, AE_DO_ZERO_GRAD, 0);
}

static ae_status unknown_option(const ae_optimizer *o, const char *name) {
  const char *words[AE_MAXOPTIONS + 1] = {NULL};
  for (int i = 0; o->optim->options[i].name; i++) words[i] = o->optim->options[i].name;
  const char *near = ae_nearest_word(name, words);
  return aei_fail(AE_EARG, "optim.%s has no option \"%s\"%s%s%s", o->optim->name, name,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

ae_status ae_optimizer_set_option(ae_optimizer *o, const char *name, double value) {
  int i = ae_option_find(o->optim->options, name);
  if (i < 0) return unknown_option(o, name);
  ae_value option[AE_MAXOPTIONS];
  memcpy(option, o->option, sizeof option);
  option[i].number = value;
  AEI_TRY(check_options(o->optim, option));
  o->option[i].number = value;
  return AE_OK;
}
