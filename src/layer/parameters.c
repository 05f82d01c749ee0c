/* parameters.c - walking over a network's trained tensors: visiting, updating, flattening. */
#include "layer/layer.h"

#include <stdio.h>
#include <string.h>

/* ---- which tensors are the same parameter ---- */

bool aei_same_elements(const ae_tensor *a, const ae_tensor *b) {
  if (a == b) return true;
  if (!a->storage || a->storage != b->storage || a->offset != b->offset) return false;
  if (ae_nelement(a) != ae_nelement(b)) return false;
  bool used[AE_MAXDIM] = {false};
  for (int d = 0; d < a->ndim; d++) {
    int e = 0;
    if (a->size[d] == 1) continue;
    while (e < b->ndim && (used[e] || b->size[e] != a->size[d] || b->stride[e] != a->stride[d]))
      e++;
    if (e == b->ndim) return false;
    used[e] = true;
  }
  return true;
}

/* Counts m's parameters into *position until one is the same as (value, grad); whether one was. */
static bool find_first(const ae_module *m, const ae_tensor *value, const ae_tensor *grad,
                       int *position) {
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    if (!m->param[i]) continue;
    if (aei_same_elements(m->param[i], value) && aei_same_elements(m->grad[i], grad)) return true;
    ++*position;
  }
  for (int i = 0; i < m->nchildren; i++)
    if (find_first(m->child[i].module, value, grad, position)) return true;
  return false;
}

/* ---- visiting ---- */

enum { PATH_CAPACITY = 512 };

typedef struct walk {
  const ae_module *root;
  int position; /* parameters met so far, repetitions included */
  char path[PATH_CAPACITY];
  ae_parameter_visitor visit;
  void *user;
} walk;

/* Searches instead of remembering, so that a visit allocates nothing. */
static bool met_before(const walk *w, const ae_tensor *value, const ae_tensor *grad) {
  int first = 0;
  find_first(w->root, value, grad, &first);
  return first < w->position;
}

static ae_status extend(walk *w, size_t used, const char *label, size_t *end) {
  int n = snprintf(w->path + used, PATH_CAPACITY - used, "%s%s", used > 0 ? "." : "", label);
  if (n < 0 || (size_t)n >= PATH_CAPACITY - used)
    return aei_fail(AE_EARG, "the names of modules inside each other are longer than %d: %s",
                    PATH_CAPACITY, w->path);
  *end = used + (size_t)n;
  return AE_OK;
}

static ae_status walk_module(walk *w, const ae_module *m, size_t used) {
  const ae_parameter *p = m->layer->parameters;
  size_t end = used;
  for (int i = 0; p && p[i].name; i++) {
    if (!m->param[i]) continue;
    AEI_TRY(extend(w, used, p[i].name, &end));
    if (!met_before(w, m->param[i], m->grad[i]))
      AEI_TRY(w->visit(w->user, w->path, m->param[i], m->grad[i]));
    w->position++;
  }
  for (int i = 0; i < m->nchildren; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    AEI_TRY(extend(w, used, m->child[i].name ? m->child[i].name : number, &end));
    AEI_TRY(walk_module(w, m->child[i].module, end));
  }
  return AE_OK;
}

ae_status ae_module_visit_parameters(ae_module *m, ae_parameter_visitor visit, void *user) {
  walk w = {.root = m, .visit = visit, .user = user};
  return walk_module(&w, m, 0);
}

/* ---- visitors ---- */

static ae_status add_count(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)path, (void)grad;
  *(int64_t *)user += ae_nelement(value);
  return AE_OK;
}

int64_t ae_module_parameter_count(ae_module *m) {
  int64_t n = 0;
  ae_module_visit_parameters(m, add_count, &n);
  return n;
}

static ae_status zero(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)user, (void)path, (void)value;
  return ae_fill(grad, ae_from_int(0));
}

ae_status ae_module_zero_grad(ae_module *m) { return ae_module_visit_parameters(m, zero, NULL); }

static ae_status descend(void *rate, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)path;
  return ae_map2(AE_ADD, value, value, grad, -*(const double *)rate);
}

ae_status ae_module_update(ae_module *m, double rate) {
  return ae_module_visit_parameters(m, descend, &rate);
}

void aei_reset_uniform(ae_tensor *parameter, ae_generator *g, double bound) {
  if (parameter) ae_uniform(parameter, g, -bound, bound);
}

/* ---- flattening ---- */

/* All parameters, or all gradients, of a network in walking order, repetitions included. */
typedef struct entry {
  ae_tensor *t;
  int first;  /* the first entry with the same elements: itself for most */
  int64_t at; /* where that one begins in the flat storage */
} entry;

typedef struct listing {
  int n;
  int64_t total; /* elements, repetitions apart */
  entry *list;
} listing;

static int count_entries(const ae_module *m) {
  int n = 0;
  for (int i = 0; i < AE_MAXPARAMETERS; i++) n += m->param[i] != NULL;
  for (int i = 0; i < m->nchildren; i++) n += count_entries(m->child[i].module);
  return n;
}

static void add_entry(listing *l, ae_tensor *t) {
  int first = 0;
  while (first < l->n && !aei_same_elements(l->list[first].t, t)) first++;
  bool repeated = first < l->n;
  l->list[l->n++] = (entry){t, first, repeated ? l->list[first].at : l->total};
  if (!repeated) l->total += ae_nelement(t);
}

static void add_entries(const ae_module *m, listing *values, listing *grads) {
  for (int i = 0; i < AE_MAXPARAMETERS; i++) {
    if (!m->param[i]) continue;
    add_entry(values, m->param[i]);
    add_entry(grads, m->grad[i]);
  }
  for (int i = 0; i < m->nchildren; i++) add_entries(m->child[i].module, values, grads);
}

static ae_status check_listings(const listing *values, const listing *grads) {
  for (int i = 0; i < values->n; i++) {
    if (values->list[i].t->type != values->list[0].t->type)
      return aei_fail(AE_ETYPE, "flatten: the network has both Float and Double parameters");
    if (values->list[i].first != grads->list[i].first)
      return aei_fail(AE_EARG,
                      "flatten: two modules share a parameter (%s) but not its gradient, or the "
                      "other way round",
                      AEI_SHAPE(values->list[i].t));
  }
  return AE_OK;
}

/* Whether the tensors already follow each other in one storage. */
static bool is_flat(const listing *l) {
  for (int i = 0; i < l->n; i++) {
    const ae_tensor *t = l->list[i].t, *t0 = l->list[0].t;
    if (l->list[i].first != i) continue;
    if (!ae_is_contiguous(t) || t->storage != t0->storage ||
        t->offset != t0->offset + l->list[i].at)
      return false;
  }
  return l->n > 0;
}

/* The repeated tensor's strides follow those of the first, which will be contiguous: dimension by
 * dimension, as it may be a transposed view. */
static void follow_strides(int64_t *stride, const ae_tensor *t, const ae_tensor *first) {
  int64_t contiguous[AE_MAXDIM];
  bool used[AE_MAXDIM] = {false};
  aei_contiguous_strides(contiguous, first->ndim, first->size);
  for (int d = 0; d < t->ndim; d++) {
    stride[d] = 1;
    for (int e = 0; e < first->ndim; e++) {
      if (used[e] || first->size[e] != t->size[d] || first->stride[e] != t->stride[d]) continue;
      stride[d] = contiguous[e];
      used[e] = true;
      break;
    }
  }
}

static ae_status copy_to_flat(const listing *l, const ae_tensor *flat) {
  for (int i = 0; i < l->n; i++) {
    const entry *e = &l->list[i];
    if (e->first != i) continue;
    ae_tensor part = ae_tensor_local(flat->type);
    ae_status status = ae_set_storage(&part, flat->storage, e->at, e->t->ndim, e->t->size, NULL);
    if (status == AE_OK) status = ae_copy(&part, e->t);
    ae_tensor_clear(&part);
    AEI_TRY(status);
  }
  return AE_OK;
}

/* Repeated tensors first: their strides are told by the first one's old ones. */
static ae_status move_to_flat(const listing *l, const ae_tensor *flat) {
  for (int repeated = 1; repeated >= 0; repeated--)
    for (int i = 0; i < l->n; i++) {
      const entry *e = &l->list[i];
      const ae_tensor *first = l->list[e->first].t;
      int64_t stride[AE_MAXDIM];
      if ((e->t != first) != repeated || e->t->storage == flat->storage) continue;
      follow_strides(stride, e->t, first);
      AEI_TRY(ae_set_storage(e->t, flat->storage, e->at, e->t->ndim, e->t->size, stride));
    }
  return AE_OK;
}

static ae_status make_flat(ae_tensor **out, const listing *l) {
  if (l->n == 0) return ae_tensor_new(out, AE_FLOAT);
  const ae_tensor *t0 = l->list[0].t;
  if (!is_flat(l)) {
    AEI_TRY(ae_tensor_new_sized(out, t0->type, 1, &l->total));
    return copy_to_flat(l, *out);
  }
  AEI_TRY(ae_tensor_new(out, t0->type));
  return ae_set_storage(*out, t0->storage, t0->offset, 1, &l->total, NULL);
}

/* Everything that can fail happens before the first tensor moves. */
static ae_status flatten(const listing *values, const listing *grads, ae_tensor **flat,
                         ae_tensor **flat_grad) {
  AEI_TRY(check_listings(values, grads));
  AEI_TRY(make_flat(flat, values));
  AEI_TRY(make_flat(flat_grad, grads));
  AEI_TRY(move_to_flat(values, *flat));
  return move_to_flat(grads, *flat_grad);
}

ae_status ae_module_flatten(ae_module *m, ae_tensor **flat, ae_tensor **flat_grad) {
  size_t n = (size_t)count_entries(m);
  entry *list = aei_alloc(2 * n * sizeof *list);
  if (!list) return AE_EMEM;
  listing values = {.list = list}, grads = {.list = list + n};
  add_entries(m, &values, &grads);
  ae_tensor *flat_value = NULL, *flat_gradient = NULL;
  ae_status status = flatten(&values, &grads, &flat_value, &flat_gradient);
  aei_free(list);
  if (status != AE_OK) {
    ae_tensor_release(flat_value);
    ae_tensor_release(flat_gradient);
    return status;
  }
  *flat = flat_value;
  *flat_grad = flat_gradient;
  return AE_OK;
}
