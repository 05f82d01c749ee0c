/* rows.c - several layers at once, by slices of the batch.
 *
 *              one layer at a time                    by slices
 *
 *      x  -->  all rows -->  all rows  -->      x  rows 1..32   --> -->
 *                                                  rows 33..64  --> -->
 *                                                  ...
 *
 * Where each row of an output depends on the same row of the input alone, a slice of the batch can
 * be taken through a run of layers while it is in cache, and the threads meet once for the whole
 * run. Every element is computed as it would be otherwise: the bits are the same. */
#include "layer/layer.h"

enum { SLICE_ROWS = 64, MAX_RUN = 32 };

/* A run of a container's children, in the order in which they work: forwards, or backwards. */
typedef struct run {
  int count;
  const ae_module *module[MAX_RUN];
  const ae_tensor *x[MAX_RUN], *gy[MAX_RUN]; /* gy: backwards only */
  int64_t rows, slices;
} run;

static bool works_by_rows(const ae_module *m, const ae_tensor *x) {
  return m->layer->rows && x->ndim == 2 && x->size[0] > 0;
}

/* Whether the run can take in m, which reads `from`: each module once, since one output tensor has
 * one shape. */
static bool has_room(const run *r, const ae_module *m) {
  for (int i = 0; i < r->count; i++)
    if (r->module[i] == m) return false;
  return r->count < MAX_RUN;
}

static bool meet(const ae_tensor *a, const ae_tensor *b) {
  return a && b && a->storage && a->storage == b->storage;
}

static bool meets_own(const ae_module *m, const ae_tensor *t) {
  bool met = meet(t, m->output);
  for (int i = 0; i < AE_MAXPARAMETERS; i++) met = met || meet(t, m->param[i]);
  for (int i = 0; i < AE_MAXBUFFERS; i++) met = met || meet(t, m->buffer[i]);
  return met;
}

/* Whether what m writes shares no memory with what the run reads and writes so far, but for a
 * result written over its own operand: slices must not meet. */
static bool is_apart(const run *r, const ae_tensor *result, const ae_tensor *operand) {
  if (result == operand) return true;
  for (int i = 0; i < r->count; i++) {
    if (meet(result, r->x[i]) || meets_own(r->module[i], result)) return false;
    if (r->gy[i] && (meet(result, r->gy[i]) || meet(result, r->module[i]->grad_input)))
      return false;
  }
  return !meet(result, operand);
}

/* The same of m's scratch too, before m is opened: that resizes them all. */
static bool may_open(const run *r, const ae_module *m, const ae_tensor *result,
                     const ae_tensor *operand) {
  for (int i = 0; i < AE_MAXBUFFERS; i++)
    if (m->buffer[i] && !is_apart(r, m->buffer[i], operand)) return false;
  return is_apart(r, result, operand);
}

static void take_in(run *r, const ae_module *m, const ae_tensor *x, const ae_tensor *gy) {
  r->module[r->count] = m;
  r->x[r->count] = x;
  r->gy[r->count++] = gy;
}

/* ---- slices ---- */

static int64_t slice_begin(const run *r, int64_t slice) {
  return slice * (r->rows / r->slices) +
         (slice < r->rows % r->slices ? slice : r->rows % r->slices);
}

static void run_slices(void *context, int64_t begin, int64_t end) {
  const run *r = context;
  for (int64_t s = begin; s < end; s++) {
    const int64_t first = slice_begin(r, s), last = slice_begin(r, s + 1);
    for (int i = 0; i < r->count; i++) {
      const ae_module *m = r->module[i];
      if (r->gy[i])
        m->layer->rows->backward(m, r->x[i], r->gy[i], first, last);
      else
        m->layer->rows->forward(m, r->x[i], first, last);
    }
  }
}

/* About SLICE_ROWS rows each; their number is a multiple of four, for threads to share. */
static void execute(run *r) {
  if (r->count == 0) return;
  r->rows = r->x[0]->size[0];
  r->slices = (r->rows + SLICE_ROWS - 1) / SLICE_ROWS;
  r->slices = (r->slices + 3) / 4 * 4;
  if (r->slices > r->rows) r->slices = r->rows;
  aei_parallel(r->slices, 1, run_slices, r);
}

/* ---- the interface ---- */

ae_status aei_forward_rows(int *count, ae_module *container, int first, ae_tensor *x) {
  run r = {0};
  ae_status status = AE_OK;
  for (int i = first; i < container->nchildren; i++) {
    ae_module *m = container->child[i].module;
    bool able = false;
    if (!works_by_rows(m, x) || !has_room(&r, m) || (m->host && m->host->forward)) break;
    if (!may_open(&r, m, m->output, x)) break;
    status = aei_open_forward_rows(m, x, &able);
    if (status != AE_OK || !able || !is_apart(&r, m->output, x)) break;
    take_in(&r, m, x, NULL);
    x = m->output;
  }
  execute(&r);
  *count = r.count;
  return status;
}

ae_status aei_backward_rows(int *count, ae_module *container, int last, int first, ae_tensor *x,
                            ae_tensor *gy) {
  run r = {0};
  ae_status status = AE_OK;
  for (int i = last; i >= first; i--) {
    ae_module *m = container->child[i].module;
    ae_tensor *input = i > 0 ? container->child[i - 1].module->output : x;
    bool able = false;
    if (!m->grad_input || !works_by_rows(m, input) || !has_room(&r, m)) break;
    if ((m->host && m->host->backward) || !may_open(&r, m, m->grad_input, gy)) break;
    status = aei_open_backward_rows(m, input, gy, &able);
    if (status != AE_OK || !able || !is_apart(&r, m->grad_input, gy)) break;
    take_in(&r, m, input, gy);
    gy = m->grad_input;
  }
  execute(&r);
  *count = r.count;
  return status;
}
