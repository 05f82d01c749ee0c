/* parameters.c - walking over a network's trained tensors: visiting, counting, updating. */
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
    if (!m->param[i] || !m->grad[i]) continue;
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
    if (!m->param[i] || !m->grad[i]) continue;
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
