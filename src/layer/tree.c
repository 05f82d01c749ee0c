/* tree.c - what is done to a module and everything inside it: resetting, modes, types, copies.
 *
 * Copies and conversions keep what was shared shared: modules, tensors and storages are copied once
 * each and found again by their old address. */
#include "layer/layer.h"

#include <string.h>

/* The end of what was done to a child, which was retained for it: the host may take it out of the
 * network meanwhile. */
static ae_status let_go(ae_module *child, ae_status status) {
  ae_module_release(child);
  return status;
}

ae_status ae_module_reset(ae_module *m, double stdv, ae_generator *g) {
  if (m->layer->reset) m->layer->reset(m, stdv, g);
  for (int i = 0; i < m->nchildren; i++) {
    ae_module *child = ae_module_retain(m->child[i].module);
    AEI_TRY(let_go(child, ae_module_overrides(child, AE_DO_RESET)
                              ? aei_host_call(child, AE_DO_RESET, stdv)
                              : ae_module_reset(child, stdv, g)));
  }
  return AE_OK;
}

ae_status ae_module_set_training(ae_module *m, bool training) {
  ae_method method = training ? AE_DO_TRAINING : AE_DO_EVALUATE;
  m->training = training;
  for (int i = 0; i < m->nchildren; i++) {
    ae_module *child = ae_module_retain(m->child[i].module);
    AEI_TRY(let_go(child, ae_module_overrides(child, method)
                              ? aei_host_call(child, method, 0)
                              : ae_module_set_training(child, training)));
  }
  return AE_OK;
}

/* A tensor that others hold too is theirs to keep. */
static ae_status clear_slot(void *user, ae_tensor **slot, aei_slot_kind kind) {
  (void)user;
  if (kind != AEI_STATE) return AE_OK;
  if ((*slot)->refs > 1) return aei_renew(slot, (*slot)->type);
  ae_tensor_clear(*slot);
  return AE_OK;
}

ae_status ae_module_clear_state(ae_module *m) {
  AEI_TRY(aei_each_slot(m, clear_slot, NULL));
  for (int i = 0; i < m->nchildren; i++) {
    ae_module *child = ae_module_retain(m->child[i].module);
    AEI_TRY(let_go(child, ae_module_overrides(child, AE_DO_CLEAR_STATE)
                              ? aei_host_call(child, AE_DO_CLEAR_STATE, 0)
                              : ae_module_clear_state(child)));
  }
  return AE_OK;
}

/* ---- old address -> new object ---- */

typedef struct pair {
  void *from;
  void *to;
} pair;

typedef struct map {
  int n, capacity;
  pair *list;
} map;

static void *map_find(const map *m, const void *from) {
  for (int i = m->n - 1; i >= 0; i--)
    if (m->list[i].from == from) return m->list[i].to;
  return NULL;
}

static ae_status map_reserve(map *m) {
  if (m->n < m->capacity) return AE_OK;
  int capacity = m->capacity > 0 ? 2 * m->capacity : 16;
  pair *list = aei_realloc(m->list, (size_t)capacity * sizeof *list);
  if (!list) return AE_EMEM;
  m->list = list;
  m->capacity = capacity;
  return AE_OK;
}

/* After map_reserve. */
static void map_add(map *m, void *from, void *to) { m->list[m->n++] = (pair){from, to}; }

/* ---- copying tensors ---- */

typedef struct copier {
  bool convert; /* to `type`; else each tensor keeps its own */
  ae_type type;
  map storages, tensors; /* the copies' first references are the maps', and one of each original:
                            its address must stay its own */
  map modules;           /* copied: belong to the tree being built; converted: to itself, held */
  map slots;             /* of converted modules: from a slot to what was in it, retained */
} copier;

static void copier_close(copier *c) {
  for (int i = 0; i < c->storages.n; i++) {
    ae_storage_release(c->storages.list[i].to);
    ae_storage_release(c->storages.list[i].from);
  }
  for (int i = 0; i < c->tensors.n; i++) {
    ae_tensor_release(c->tensors.list[i].to);
    ae_tensor_release(c->tensors.list[i].from);
  }
  aei_free(c->storages.list);
  aei_free(c->tensors.list);
  aei_free(c->modules.list);
  aei_free(c->slots.list);
}

static ae_status copy_elements(ae_storage *to, ae_storage *from) {
  ae_tensor dst = ae_tensor_local(to->type), src = ae_tensor_local(from->type);
  ae_status status = ae_set_storage(&dst, to, 0, 1, &to->size, NULL);
  if (status == AE_OK) status = ae_set_storage(&src, from, 0, 1, &from->size, NULL);
  if (status == AE_OK) status = ae_copy(&dst, &src);
  ae_tensor_clear(&dst);
  ae_tensor_clear(&src);
  return status;
}

static ae_status copy_storage(copier *c, ae_storage *s, ae_storage **out) {
  *out = map_find(&c->storages, s);
  if (*out) return AE_OK;
  AEI_TRY(map_reserve(&c->storages));
  AEI_TRY(ae_storage_new(out, c->convert ? c->type : s->type, s->size));
  map_add(&c->storages, ae_storage_retain(s), *out);
  return copy_elements(*out, s);
}

/* Outputs and scratch are made anew: they may be views of the user's data. */
static ae_status copy_tensor(copier *c, ae_tensor *t, aei_slot_kind kind, ae_tensor **out) {
  *out = map_find(&c->tensors, t);
  if (*out) return AE_OK;
  AEI_TRY(map_reserve(&c->tensors));
  AEI_TRY(ae_tensor_new(out, c->convert ? c->type : t->type));
  map_add(&c->tensors, ae_tensor_retain(t), *out);
  if (kind == AEI_STATE || !t->storage) return AE_OK;
  ae_storage *s;
  AEI_TRY(copy_storage(c, t->storage, &s));
  return ae_set_storage(*out, s, t->offset, t->ndim, t->size, t->stride);
}

/* ---- types ---- */

static ae_status prepare_slot(void *user, ae_tensor **slot, aei_slot_kind kind) {
  copier *c = user;
  ae_tensor *copy;
  AEI_TRY(map_reserve(&c->slots));
  AEI_TRY(copy_tensor(c, *slot, kind, &copy));
  map_add(&c->slots, slot, ae_tensor_retain(*slot));
  return AE_OK;
}

static void put(ae_tensor **slot, ae_tensor *t) {
  ae_tensor *old = *slot;
  *slot = ae_tensor_retain(t);
  ae_tensor_release(old);
}

static bool converts_itself(const ae_module *m) { return ae_module_overrides(m, AE_DO_SET_TYPE); }

static ae_status prepare_type(copier *c, ae_module *m) {
  if (m->type != c->type && !map_find(&c->modules, m)) {
    AEI_TRY(map_reserve(&c->modules));
    map_add(&c->modules, m, ae_module_retain(m));
    AEI_TRY(aei_each_slot(m, prepare_slot, c));
  }
  for (int i = 0; i < m->nchildren; i++)
    if (!converts_itself(m->child[i].module)) AEI_TRY(prepare_type(c, m->child[i].module));
  return AE_OK;
}

/* The modules and slots noted from these places on get what was prepared for them. */
static void install(const copier *c, int modules, int slots) {
  for (int i = slots; i < c->slots.n; i++)
    put(c->slots.list[i].from, map_find(&c->tensors, c->slots.list[i].to));
  for (int i = modules; i < c->modules.n; i++) {
    ae_module *m = c->modules.list[i].to;
    m->type = c->type;
  }
}

/* Forgets the modules and slots noted from these places on; restores: which get back what they had.
 */
static void forget(copier *c, int modules, int slots, bool restores) {
  while (c->slots.n > slots) {
    const pair *p = &c->slots.list[--c->slots.n];
    if (restores) put(p->from, p->to);
    ae_tensor_release(p->to);
  }
  while (c->modules.n > modules) {
    ae_module *m = c->modules.list[--c->modules.n].to;
    if (restores) m->type = c->type == AE_FLOAT ? AE_DOUBLE : AE_FLOAT;
    ae_module_release(m);
  }
}

/* Modules inside whose class converts them come last, and find there what they share with others.
 */
static ae_status let_convert(copier *c, ae_module *m) {
  for (int i = 0; i < m->nchildren; i++) {
    ae_module *child = ae_module_retain(m->child[i].module);
    AEI_TRY(let_go(child, converts_itself(child)
                              ? aei_host_call(child, AE_DO_SET_TYPE, (double)c->type)
                              : let_convert(c, child)));
  }
  return AE_OK;
}

static ae_status convert(copier *c, ae_module *m, ae_status (*then)(void *), void *user) {
  const int modules = c->modules.n, slots = c->slots.n;
  ae_status status = prepare_type(c, m);
  if (status == AE_OK) {
    install(c, modules, slots);
    status = let_convert(c, m);
  }
  if (status == AE_OK && then) status = then(user);
  if (status != AE_OK) forget(c, modules, slots, true);
  return status;
}

/* The conversion under way, which one from inside it joins. */
static _Thread_local copier *converting;

ae_status ae_module_set_type(ae_module *m, ae_type type, ae_status (*then)(void *), void *user) {
  if (!ae_type_is_real(type))
    return aei_fail(AE_ETYPE, "%s: modules are of type Float or Double, not %s", AEI_NAME(m),
                    ae_type_name(type));
  if (converting && converting->type == type) return convert(converting, m, then, user);
  copier c = {.convert = true, .type = type}, *outer = converting;
  converting = &c;
  ae_status status = convert(&c, m, then, user);
  converting = outer;
  forget(&c, 0, 0, false);
  copier_close(&c);
  return status;
}

/* ---- copies ---- */

static ae_status retain_slot(void *user, ae_tensor **slot, aei_slot_kind kind) {
  (void)user, (void)kind;
  ae_tensor_retain(*slot);
  return AE_OK;
}

static ae_status copy_slot(void *user, ae_tensor **slot, aei_slot_kind kind) {
  ae_tensor *old = *slot, *copy;
  AEI_TRY(copy_tensor(user, old, kind, &copy));
  *slot = ae_tensor_retain(copy);
  ae_tensor_release(old);
  return AE_OK;
}

/* Shares the tensors at first: whole and releasable at any moment, then made independent. */
static ae_module *shallow_copy(const ae_module *m) {
  ae_module *copy = aei_alloc(sizeof *copy);
  if (!copy) return NULL;
  *copy = *m;
  copy->refs = 1;
  copy->nchildren = 0;
  copy->child = NULL;
  copy->host = NULL;
  copy->host_data = NULL;
  copy->nown = 0;
  copy->own = NULL;
  aei_options_take(m->layer->options, copy->option, m->option);
  aei_each_slot(copy, retain_slot, NULL);
  return copy;
}

static ae_status copy_module(copier *c, const ae_module *m, ae_module **out);

static ae_status copy_children(copier *c, const ae_module *m, ae_module *copy) {
  if (m->nchildren == 0) return AE_OK;
  copy->child = aei_calloc((size_t)m->nchildren * sizeof *copy->child);
  if (!copy->child) return AE_EMEM;
  for (int i = 0; i < m->nchildren; i++) {
    const char *name = m->child[i].name;
    ae_child *child = &copy->child[copy->nchildren++];
    if (name && !(child->name = aei_strdup(name))) return AE_EMEM;
    AEI_TRY(copy_module(c, m->child[i].module, &child->module));
  }
  return AE_OK;
}

/* *out gets a reference even when the copy is not complete, so that releasing the root releases
 * all. */
static ae_status copy_module(copier *c, const ae_module *m, ae_module **out) {
  *out = ae_module_retain(map_find(&c->modules, m));
  if (*out) return AE_OK;
  AEI_TRY(map_reserve(&c->modules));
  *out = shallow_copy(m);
  if (!*out) return AE_EMEM;
  map_add(&c->modules, (ae_module *)(uintptr_t)m, *out);
  AEI_TRY(aei_each_slot(*out, copy_slot, c));
  return copy_children(c, m, *out);
}

ae_status ae_module_clone(ae_module **out, const ae_module *m) {
  copier c = {.convert = false};
  ae_module *copy = NULL;
  ae_status status = copy_module(&c, m, &copy);
  copier_close(&c);
  if (status != AE_OK) return ae_module_release(copy), status;
  *out = copy;
  return AE_OK;
}
