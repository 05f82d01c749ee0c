/* broadcast.c - tensors with fewer elements than the input, each of which stands for many: spread
 * over the input by strides of 0, and summed over what they stand for.
 *
 * A sum walks over the dimensions that are kept and, for each of their elements, over those that
 * are summed; a row of kept elements is added up side by side:
 *
 *   to (1,C), a (B,C):       columns of 64 are one piece of work, B rows deep
 *   to (1,C,1,1), a (B,C,H,W): a piece is one channel, summed row by row
 *
 * Pieces depend on the sizes alone. */
#include "layer/layer.h"

#include <math.h>
#include <string.h>

/* ---- spreading ---- */

static ae_status spread(ae_tensor *view, const ae_tensor *p, int ndim, const int64_t *size,
                        const ae_tensor *x) {
  if (aei_same_sizes(p->ndim, p->size, ndim, size))
    AEI_TRY(ae_set(view, p));
  else
    AEI_TRY(ae_view(view, p, ndim, size));
  return ae_expand(view, view, x->ndim, x->size);
}

static ae_status spread_along(ae_tensor *view, const ae_module *m, const ae_tensor *p,
                              const ae_tensor *x, int dim) {
  int64_t size[AE_MAXDIM];
  if (x->ndim <= dim || ae_nelement(p) != x->size[dim])
    return aei_fail(AE_ESHAPE, "%s: input is %s, want %lld in dimension %d", AEI_NAME(m),
                    AEI_SHAPE(x), (long long)ae_nelement(p), dim + 1);
  for (int d = 0; d < x->ndim; d++) size[d] = d == dim ? x->size[d] : 1;
  return spread(view, p, x->ndim, size, x);
}

static ae_status find_spread(ae_tensor *view, const ae_module *m, const ae_tensor *p,
                             const ae_tensor *x, int dim) {
  int64_t n = ae_nelement(p), one = 1;
  if (dim >= 0) return spread_along(view, m, p, x, dim);
  if (n == 1) return spread(view, p, 1, &one, x);
  if (n == ae_nelement(x)) return spread(view, p, x->ndim, x->size, x);
  bool fits = p->ndim == x->ndim;
  for (int d = 0; d < x->ndim && fits; d++) fits = p->size[d] == x->size[d] || p->size[d] == 1;
  if (fits) return ae_expand(view, p, x->ndim, x->size);
  if (x->ndim > 1 && n * x->size[0] == ae_nelement(x))
    return spread(view, p, x->ndim - 1, x->size + 1, x);
  return aei_fail(AE_ESHAPE, "%s: input is %s, which does not fit %s", AEI_NAME(m), AEI_SHAPE(x),
                  AEI_SHAPE(p));
}

ae_status aei_spread_map2(ae_map2_op op, ae_tensor *y, const ae_module *m, const ae_tensor *x,
                          const ae_tensor *p, int dim, double a) {
  ae_tensor view = ae_tensor_local(p->type);
  ae_status status = find_spread(&view, m, p, x, dim);
  if (status == AE_OK) status = ae_map2(op, y, x, &view, a);
  ae_tensor_clear(&view);
  return status;
}

ae_status aei_spread_addcmul(ae_tensor *y, const ae_module *m, double value, const ae_tensor *x,
                             const ae_tensor *p, int dim) {
  ae_tensor view = ae_tensor_local(p->type);
  ae_status status = find_spread(&view, m, p, x, dim);
  if (status == AE_OK) status = ae_addcmul(y, y, value, x, &view);
  ae_tensor_clear(&view);
  return status;
}

int aei_size_of_option(const ae_module *m, int64_t *size) {
  const ae_value *given = &m->option[0];
  memcpy(size, given->size, (size_t)given->count * sizeof *size);
  return given->count;
}

void aei_reset_spread(ae_tensor *parameter, ae_generator *g, double stdv) {
  double n = (double)ae_nelement(parameter);
  aei_reset_uniform(parameter, g, stdv > 0 ? stdv * sqrt(3) : 1 / sqrt(n));
}

/* ---- summing ---- */

enum { TO, A, B, NTENSORS };
enum { ROW = 64, NARROW = 8, BLOCK = 256 };

typedef struct dimension {
  int64_t size, stride[NTENSORS];
} dimension;

typedef struct dimensions {
  int n;
  dimension at[AE_MAXDIM];
  int64_t count; /* product of their sizes */
} dimensions;

typedef struct sums {
  const ae_tensor *t[NTENSORS]; /* b may be NULL */
  dimensions kept, summed;      /* without the last of each: */
  dimension last_kept, last_summed;
  int64_t rows; /* pieces of a line along last_kept */
  double scale;
} sums;

static void append(dimensions *list, const sums *s, int d) {
  dimension *entry = &list->at[list->n++];
  entry->size = s->t[A]->size[d];
  for (int i = 0; i < NTENSORS; i++) entry->stride[i] = s->t[i] ? s->t[i]->stride[d] : 0;
  list->count *= entry->size;
}

static dimension take_last(dimensions *list) {
  if (list->n == 0) return (dimension){.size = 1};
  dimension last = list->at[--list->n];
  list->count /= last.size;
  return last;
}

/* Adds the offsets of the element with this row-major number to position[]. */
static void move(const dimensions *list, int64_t number, int64_t *position) {
  for (int d = list->n - 1; d >= 0; d--) {
    int64_t index = number % list->at[d].size;
    number /= list->at[d].size;
    for (int i = 0; i < NTENSORS; i++) position[i] += index * list->at[d].stride[i];
  }
}

static aei_line line_at(const sums *s, int i, int64_t at, const dimension *along) {
  return (aei_line){s->t[i], at, along->stride[i]};
}

/* n elements of a, or of a * b, along a dimension. */
static void load(const sums *s, double *to, const int64_t *position, const dimension *along,
                 int64_t first, int64_t n) {
  double b[BLOCK];
  aei_line line = line_at(s, A, position[A], along);
  aei_line_load(to, &line, first, n);
  if (!s->t[B]) return;
  line = line_at(s, B, position[B], along);
  aei_line_load(b, &line, first, n);
  for (int64_t i = 0; i < n; i++) to[i] *= b[i];
}

/* n > NARROW kept elements side by side. */
static void sum_side_by_side(const sums *s, double *sum, const int64_t *start, int64_t n) {
  double value[ROW];
  for (int64_t i = 0; i < n; i++) sum[i] = 0;
  for (int64_t k = 0; k < s->summed.count; k++) {
    int64_t at[NTENSORS] = {start[TO], start[A], start[B]};
    move(&s->summed, k, at);
    for (int64_t l = 0; l < s->last_summed.size; l++) {
      load(s, value, at, &s->last_kept, 0, n);
      for (int64_t i = 0; i < n; i++) sum[i] += value[i];
      for (int i = A; i < NTENSORS; i++) at[i] += s->last_summed.stride[i];
    }
  }
}

/* One kept element. */
static double sum_one(const sums *s, const int64_t *start) {
  double value[BLOCK], sum = 0;
  const aei_type_kernels *kernels = aei_kernels_of(AE_DOUBLE);
  for (int64_t k = 0; k < s->summed.count; k++) {
    int64_t at[NTENSORS] = {start[TO], start[A], start[B]};
    move(&s->summed, k, at);
    for (int64_t first = 0; first < s->last_summed.size; first += BLOCK) {
      int64_t left = s->last_summed.size - first, n = left < BLOCK ? left : BLOCK;
      load(s, value, at, &s->last_summed, first, n);
      sum += ae_to_double(kernels->sum(n, value, 0));
    }
  }
  return sum;
}

static void sum_row(const sums *s, int64_t piece) {
  double sum[ROW], value[ROW];
  int64_t first = piece % s->rows * ROW, left = s->last_kept.size - first;
  int64_t n = left < ROW ? left : ROW, at[NTENSORS];
  for (int i = 0; i < NTENSORS; i++)
    at[i] = (s->t[i] ? s->t[i]->offset : 0) + first * s->last_kept.stride[i];
  move(&s->kept, piece / s->rows, at);
  aei_line to = line_at(s, TO, at[TO], &s->last_kept);
  if (s->last_kept.size > NARROW) {
    sum_side_by_side(s, sum, at, n);
  } else {
    for (int64_t i = 0; i < n; i++) {
      sum[i] = sum_one(s, at);
      for (int k = 0; k < NTENSORS; k++) at[k] += s->last_kept.stride[k];
    }
  }
  aei_line_load(value, &to, 0, n);
  for (int64_t i = 0; i < n; i++) value[i] += s->scale * sum[i];
  aei_line_store(&to, 0, n, value);
}

static void sum_rows(void *context, int64_t begin, int64_t end) {
  for (int64_t piece = begin; piece < end; piece++) sum_row(context, piece);
}

void aei_sum_view(const ae_tensor *to, const ae_tensor *a, const ae_tensor *b, double scale) {
  if (ae_nelement(a) == 0) return;
  sums s = {.t = {to, a, b}, .kept.count = 1, .summed.count = 1, .scale = scale};
  for (int d = 0; d < a->ndim; d++)
    append(to->stride[d] == 0 && a->size[d] > 1 ? &s.summed : &s.kept, &s, d);
  s.last_kept = take_last(&s.kept);
  s.last_summed = take_last(&s.summed);
  s.rows = (s.last_kept.size + ROW - 1) / ROW;
  int64_t width = s.last_kept.size < ROW ? s.last_kept.size : ROW;
  int64_t work = width * s.summed.count * s.last_summed.size;
  aei_parallel(s.kept.count * s.rows, work < AEI_GRAIN ? AEI_GRAIN / work : 1, sum_rows, &s);
}

ae_status aei_spread_sum(ae_tensor *to, const ae_module *m, const ae_tensor *a, const ae_tensor *b,
                         int dim, double scale) {
  ae_tensor view = ae_tensor_local(to->type);
  if (b && !ae_same_size(a, b))
    return aei_fail(AE_ESHAPE, "%s: gradOutput is %s, but what forward left for it is %s",
                    AEI_NAME(m), AEI_SHAPE(a), AEI_SHAPE(b));
  ae_status status = find_spread(&view, m, to, a, dim);
  if (status == AE_OK) aei_sum_view(&view, a, b, scale);
  ae_tensor_clear(&view);
  return status;
}
