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

/* ---- which parameters a module itself has ---- */

bool aei_trained(aei_trained_tensor *out, const ae_module *m, int i) {
  const bool own = ae_module_overrides(m, AE_DO_PARAMETERS);
  if (i < AE_MAXPARAMETERS) {
    if (!m->param[i] || !m->grad[i] || (own && m->own_only)) return false;
    *out = (aei_trained_tensor){m->layer->parameters[i].name, m->param[i], m->grad[i]};
    return true;
  }
  i -= AE_MAXPARAMETERS;
  if (!own || i >= m->nown) return false;
  *out = (aei_trained_tensor){m->own[i].name, m->own[i].value, m->own[i].grad};
  return true;
}

int aei_ntrained(const ae_module *m) {
  return AE_MAXPARAMETERS + (ae_module_overrides(m, AE_DO_PARAMETERS) ? m->nown : 0);
}

int aei_trained_children(const ae_module *m) {
  return m->own_only && ae_module_overrides(m, AE_DO_PARAMETERS) ? 0 : m->nchildren;
}

static ae_status ask(ae_module *m) {
  if (ae_module_overrides(m, AE_DO_PARAMETERS)) AEI_TRY(m->host->parameters(m));
  for (int i = 0; i < aei_trained_children(m); i++)
    AEI_TRY(aei_ask_for_parameters(m->child[i].module));
  return AE_OK;
}

/* The host may take m out of the network that is asked. */
ae_status aei_ask_for_parameters(ae_module *m) {
  ae_module_retain(m);
  ae_status status = ask(m);
  ae_module_release(m);
  return status;
}

void aei_drop_own(ae_module *m) {
  for (int i = 0; i < m->nown; i++) {
    aei_free(m->own[i].name);
    ae_tensor_release(m->own[i].value);
    ae_tensor_release(m->own[i].grad);
  }
  aei_free(m->own);
  m->own = NULL;
  m->nown = 0;
}

static bool is_own(const ae_module *m, int n, const ae_own *own) {
  if (n != m->nown) return false;
  for (int i = 0; i < n; i++)
    if (own[i].value != m->own[i].value || own[i].grad != m->own[i].grad ||
        strcmp(own[i].name, m->own[i].name) != 0)
      return false;
  return true;
}

static ae_status check_own(const ae_module *m, int n, const ae_own *own) {
  for (int i = 0; i < n; i++) {
    if (!ae_same_size(own[i].value, own[i].grad))
      return aei_fail(AE_ESHAPE, "%s: its parameter %s is %s, its gradient %s", AEI_NAME(m),
                      own[i].name, AEI_SHAPE(own[i].value), AEI_SHAPE(own[i].grad));
    if (own[i].value->type != own[i].grad->type || !ae_type_is_real(own[i].value->type))
      return aei_fail(AE_ETYPE, "%s: its parameter %s is a %sTensor, its gradient a %sTensor",
                      AEI_NAME(m), own[i].name, ae_type_name(own[i].value->type),
                      ae_type_name(own[i].grad->type));
  }
  return AE_OK;
}

ae_status ae_module_set_own(ae_module *m, int n, const ae_own *own, bool only) {
  m->own_only = only;
  AEI_TRY(check_own(m, n, own));
  if (is_own(m, n, own)) return AE_OK;
  ae_module fresh = {.nown = 0};
  if (n > 0 && !(fresh.own = aei_calloc((size_t)n * sizeof *own))) return AE_EMEM;
  for (; fresh.nown < n; fresh.nown++) {
    ae_own *to = &fresh.own[fresh.nown];
    if (!(to->name = aei_strdup(own[fresh.nown].name))) return aei_drop_own(&fresh), AE_EMEM;
    to->value = ae_tensor_retain(own[fresh.nown].value);
    to->grad = ae_tensor_retain(own[fresh.nown].grad);
  }
  aei_drop_own(m);
  m->own = fresh.own;
  m->nown = n;
  return AE_OK;
}

/* Counts m's parameters into *position until one is the same as (value, grad); whether one was. */
static bool find_first(const ae_module *m, const ae_tensor *value, const ae_tensor *grad,
                       int *position) {
  aei_trained_tensor p;
  for (int i = 0; i < aei_ntrained(m); i++) {
    if (!aei_trained(&p, m, i)) continue;
    if (aei_same_elements(p.value, value) && aei_same_elements(p.grad, grad)) return true;
    ++*position;
  }
  for (int i = 0; i < aei_trained_children(m); i++)
    if (find_first(m->child[i].module, value, grad, position)) return true;
  return false;
}

static int count_trained(const ae_module *m) {
  aei_trained_tensor p;
  int n = 0;
  for (int i = 0; i < aei_ntrained(m); i++) n += aei_trained(&p, m, i);
  for (int i = 0; i < aei_trained_children(m); i++) n += count_trained(m->child[i].module);
  return n;
}

/* ---- visiting ---- */

enum { PATH_CAPACITY = 512 };

typedef struct walk {
  ae_module *root;
  ae_method method; /* called on modules inside that have their own; AE_NMETHODS: none */
  double number;    /* its argument */
  bool skips;       /* leaves those modules out */
  int position;     /* parameters met so far, repetitions included */
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

static ae_status walk_own(walk *w, const ae_module *m, size_t used) {
  aei_trained_tensor p;
  size_t end;
  for (int i = 0; i < aei_ntrained(m); i++) {
    if (!aei_trained(&p, m, i)) continue;
    AEI_TRY(extend(w, used, p.name, &end));
    if (!met_before(w, p.value, p.grad)) AEI_TRY(w->visit(w->user, w->path, p.value, p.grad));
    w->position++;
  }
  return AE_OK;
}

static ae_status walk_module(walk *w, ae_module *m, size_t used);

static ae_status walk_inside(walk *w, ae_module *m, size_t used) {
  size_t end = used;
  AEI_TRY(walk_own(w, m, used));
  for (int i = 0; i < aei_trained_children(m); i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    AEI_TRY(extend(w, used, m->child[i].name ? m->child[i].name : number, &end));
    AEI_TRY(walk_module(w, m->child[i].module, end));
  }
  return AE_OK;
}

/* What the host runs for a module may take those around it out of the network. */
static ae_status walk_module(walk *w, ae_module *m, size_t used) {
  if (m != w->root && w->method < AE_NMETHODS && ae_module_overrides(m, w->method)) {
    w->position += count_trained(m);
    return w->skips ? AE_OK : aei_host_call(m, w->method, w->number);
  }
  ae_module_retain(m);
  ae_status status = walk_inside(w, m, used);
  ae_module_release(m);
  return status;
}

static ae_status walk_asked(walk w) { return walk_module(&w, w.root, 0); }

static ae_status walk_all(walk w) {
  AEI_TRY(aei_ask_for_parameters(w.root));
  return walk_asked(w);
}

ae_status ae_module_visit_parameters(ae_module *m, ae_parameter_visitor visit, void *user) {
  return walk_all((walk){.root = m, .visit = visit, .user = user, .method = AE_NMETHODS});
}

/* Without its host for as long. */
ae_status ae_module_visit_own_parameters(ae_module *m, ae_parameter_visitor visit, void *user) {
  const ae_host *host = m->host;
  m->host = NULL;
  ae_status status = ae_module_visit_parameters(m, visit, user);
  m->host = host;
  return status;
}

/* ---- visitors ---- */

static ae_status add_count(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)path, (void)grad;
  *(int64_t *)user += ae_nelement(value);
  return AE_OK;
}

int64_t ae_module_parameter_count(ae_module *m) {
  int64_t n = 0;
  return ae_module_visit_parameters(m, add_count, &n) == AE_OK ? n : -1;
}

static ae_status zero(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)user, (void)path, (void)value;
  return ae_fill(grad, ae_from_int(0));
}

ae_status ae_module_zero_grad(ae_module *m) {
  return walk_all((walk){.root = m, .visit = zero, .method = AE_DO_ZERO_GRAD});
}

/* A gradient that a script has resized since. */
static ae_status check_fit(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)user;
  if (value->type == grad->type && ae_nelement(value) == ae_nelement(grad)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s is %s (%s), its gradient %s (%s)", path, AEI_SHAPE(value),
                  ae_type_name(value->type), AEI_SHAPE(grad), ae_type_name(grad->type));
}

static ae_status descend(void *rate, const char *path, ae_tensor *value, ae_tensor *grad) {
  (void)path;
  return ae_map2(AE_ADD, value, value, grad, -*(const double *)rate);
}

/* All are looked at before the first one changes. */
ae_status ae_module_update(ae_module *m, double rate) {
  walk w = {.root = m, .visit = check_fit, .method = AE_DO_UPDATE, .number = rate, .skips = true};
  AEI_TRY(walk_all(w));
  w.visit = descend;
  w.user = &rate;
  w.skips = false;
  return walk_asked(w);
}

void aei_reset_uniform(ae_tensor *parameter, ae_generator *g, double bound) {
  if (parameter) ae_uniform(parameter, g, -bound, bound);
}
