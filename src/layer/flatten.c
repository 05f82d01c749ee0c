/* flatten.c - all parameters of a network in one storage and all gradients in another, as Torch's
 * functional optimizers want them. The modules keep their tensors, which become views. */
#include "layer/layer.h"

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
  aei_trained_tensor p;
  int n = 0;
  for (int i = 0; i < aei_ntrained(m); i++) n += aei_trained(&p, m, i);
  for (int i = 0; i < aei_trained_children(m); i++) n += count_entries(m->child[i].module);
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
  aei_trained_tensor p;
  for (int i = 0; i < aei_ntrained(m); i++) {
    if (!aei_trained(&p, m, i)) continue;
    add_entry(values, p.value);
    add_entry(grads, p.grad);
  }
  for (int i = 0; i < aei_trained_children(m); i++) add_entries(m->child[i].module, values, grads);
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

/* An empty one of the type where there is nothing. */
static ae_status make_flat(ae_tensor **out, const listing *l, ae_type type) {
  if (l->n == 0) return ae_tensor_new(out, type);
  const ae_tensor *t0 = l->list[0].t;
  if (!is_flat(l)) {
    AEI_TRY(ae_tensor_new_sized(out, t0->type, 1, &l->total));
    return copy_to_flat(l, *out);
  }
  AEI_TRY(ae_tensor_new(out, t0->type));
  return ae_set_storage(*out, t0->storage, t0->offset, 1, &l->total, NULL);
}

/* Everything that can fail happens before the first tensor moves. */
static ae_status flatten(const listing *values, const listing *grads, ae_type type,
                         ae_tensor **flat, ae_tensor **flat_grad) {
  AEI_TRY(check_listings(values, grads));
  AEI_TRY(make_flat(flat, values, type));
  AEI_TRY(make_flat(flat_grad, grads, type));
  AEI_TRY(move_to_flat(values, *flat));
  return move_to_flat(grads, *flat_grad);
}

ae_status ae_module_flatten(ae_module *m, ae_tensor **flat, ae_tensor **flat_grad) {
  AEI_TRY(aei_ask_for_parameters(m));
  size_t n = (size_t)count_entries(m);
  entry *list = aei_alloc(2 * n * sizeof *list);
  if (!list) return AE_EMEM;
  listing values = {.list = list}, grads = {.list = list + n};
  add_entries(m, &values, &grads);
  ae_tensor *flat_value = NULL, *flat_gradient = NULL;
  ae_status status = flatten(&values, &grads, m->type, &flat_value, &flat_gradient);
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
