/* extreme.c - where the smallest and largest elements along a dimension are; running sums and
 * products. */
#include "math/math.h"

typedef struct job {
  ae_reduce_op op;
  ae_type type;
  const aei_lanes *lanes;
  aei_lines value, index;
  void *values;    /* the results' storages */
  int64_t *places; /* NULL when only values are wanted */
} job;

/* First place of the extreme of a line; a NaN counts as the extreme. */
static int64_t place_of_extreme(ae_type type, bool largest, int64_t n, const void *data) {
  int64_t best = 0;
  switch (type) {
#define PLACE_CASE(id, ctype, name, real)                                        \
  case id: {                                                                     \
    const ctype *x = data;                                                       \
    for (int64_t i = 1; i < n && x[best] == x[best]; i++)                        \
      if ((largest ? x[i] > x[best] : x[i] < x[best]) || x[i] != x[i]) best = i; \
    break;                                                                       \
  }
    AE_TYPES(PLACE_CASE)
#undef PLACE_CASE
  }
  return best;
}

static void copy_element(ae_type type, void *dst, int64_t to, const void *src, int64_t from) {
  size_t size = ae_type_size(type);
  const char *s = (const char *)src + (size_t)from * size;
  char *d = (char *)dst + (size_t)to * size;
  for (size_t i = 0; i < size; i++) d[i] = s[i];
}

static void find_extremes(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t i = begin; i < end; i++) {
    size_t bytes = (size_t)j->lanes->length * ae_type_size(j->type);
    const char *line = (const char *)ae_data(&j->lanes->x) + (size_t)i * bytes;
    int64_t at = place_of_extreme(j->type, j->op == AE_MAX, j->lanes->length, line);
    copy_element(j->type, j->values, aei_line_start(&j->value, i), line, at);
    j->places[aei_line_start(&j->index, i)] = at;
  }
}

ae_status ae_extreme_dim(ae_reduce_op op, ae_tensor *value, ae_tensor *index, const ae_tensor *x,
                         int dim) {
  const char *name = op == AE_MAX ? "max" : "min";
  aei_lanes lanes;
  AEI_TRY(aei_check_types(name, value, x));
  AEI_TRY(aei_check_index(name, index));
  AEI_TRY(aei_lanes_begin(&lanes, name, x, dim, aei_overlap(x, value) || aei_overlap(x, index)));
  job j = {.op = op, .type = x->type, .lanes = &lanes};
  ae_status status = AE_OK;
  if (lanes.length == 0)
    status = aei_fail(AE_EARG, "%s: dimension %d has no elements", name, dim + 1);
  if (status == AE_OK) status = aei_lanes_results(&j.value, &j.index, &lanes, value, index, 1);
  if (status == AE_OK && lanes.count > 0) {
    j.values = value->storage->data;
    j.places = index->storage->data;
    aei_parallel(lanes.count, aei_lanes_grain(&lanes), find_extremes, &j);
  }
  aei_lanes_end(&lanes);
  return status;
}

/* ---- running sums and products ---- */

static void cumulate_line(ae_type type, bool product, int64_t n, const void *in, void *out,
                          int64_t step) {
  switch (type) {
#define CUMULATE_CASE(id, ctype, name, real)             \
  case id: {                                             \
    const ctype *x = in;                                 \
    ctype *y = out;                                      \
    double d = product;                                  \
    uint64_t u = product;                                \
    for (int64_t i = 0; i < n; i++) {                    \
      const uint64_t whole = real ? 0 : (uint64_t)x[i];  \
      d = product ? d * (double)x[i] : d + (double)x[i]; \
      u = product ? u * whole : u + whole;               \
      y[i * step] = real ? (ctype)d : (ctype)u;          \
    }                                                    \
    break;                                               \
  }
    AE_TYPES(CUMULATE_CASE)
#undef CUMULATE_CASE
  }
}

static void cumulate_lines(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  size_t size = ae_type_size(j->type);
  for (int64_t i = begin; i < end; i++) {
    const char *line = (const char *)ae_data(&j->lanes->x) + (size_t)(i * j->lanes->length) * size;
    char *out = (char *)j->values + (size_t)aei_line_start(&j->value, i) * size;
    cumulate_line(j->type, j->op == AE_PROD, j->lanes->length, line, out, j->value.stride);
  }
}

ae_status ae_cumulate(ae_reduce_op op, ae_tensor *y, const ae_tensor *x, int dim) {
  const char *name = op == AE_PROD ? "cumprod" : "cumsum";
  aei_lanes lanes;
  AEI_TRY(aei_check_types(name, y, x));
  AEI_TRY(aei_lanes_begin(&lanes, name, x, dim, aei_overlap(x, y)));
  job j = {.op = op, .type = x->type, .lanes = &lanes};
  ae_status status = aei_lanes_result(&j.value, &lanes, y, x->type, lanes.length);
  if (status == AE_OK && lanes.count > 0) {
    j.values = y->storage->data;
    aei_parallel(lanes.count, aei_lanes_grain(&lanes), cumulate_lines, &j);
  }
  aei_lanes_end(&lanes);
  return status;
}
