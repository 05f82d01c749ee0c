/* sort.c - stable sorting along a dimension, and the k best.
 *
 * A line's places are merge-sorted bottom-up by the values they point to, between two buffers of
 * places; NaN counts as larger than every number. */
#include "math/math.h"

#include <string.h>

typedef struct job {
  ae_type type;
  bool descending;
  const aei_lanes *lanes;
  aei_lines value, index;
  void *values;
  int64_t *places;
  int64_t keep;     /* elements of each line that are kept: the first ones */
  int64_t *scratch; /* 2 * length places per line */
} job;

/* Whether element a must come before element b; false when they are equal, so that the merge is
 * stable. */
#define DEFINE_BEFORE(id, ctype, name, real)                                           \
  static bool before_##name(const void *data, bool descending, int64_t a, int64_t b) { \
    const ctype x = ((const ctype *)data)[a], y = ((const ctype *)data)[b];            \
    bool x_nan = x != x, y_nan = y != y;                                               \
    if (descending) return x_nan ? !y_nan : !y_nan && x > y;                           \
    return y_nan ? !x_nan : !x_nan && x < y;                                           \
  }
AE_TYPES(DEFINE_BEFORE)
#undef DEFINE_BEFORE

typedef bool before_function(const void *data, bool descending, int64_t a, int64_t b);
static before_function *const before[AE_NTYPES] = {
#define BEFORE_ROW(id, ctype, name, real) [id] = before_##name,
    AE_TYPES(BEFORE_ROW)
#undef BEFORE_ROW
};

static void merge(const job *j, const void *x, const int64_t *in, int64_t *out, int64_t first,
                  int64_t middle, int64_t end) {
  before_function *comes_before = before[j->type];
  int64_t a = first, b = middle;
  for (int64_t k = first; k < end; k++) {
    bool take_right = b < end && (a >= middle || comes_before(x, j->descending, in[b], in[a]));
    out[k] = take_right ? in[b++] : in[a++];
  }
}

/* The sorted places of a line of n elements, in one of the two buffers. */
static const int64_t *sort_places(const job *j, const void *x, int64_t n, int64_t *buffer) {
  int64_t *in = buffer, *out = buffer + n;
  for (int64_t i = 0; i < n; i++) in[i] = i;
  for (int64_t width = 1; width < n; width *= 2) {
    for (int64_t first = 0; first < n; first += 2 * width) {
      int64_t middle = first + width < n ? first + width : n;
      int64_t end = first + 2 * width < n ? first + 2 * width : n;
      merge(j, x, in, out, first, middle, end);
    }
    int64_t *swap = in;
    in = out;
    out = swap;
  }
  return in;
}

static void sort_lines(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  int64_t n = j->lanes->length;
  size_t size = ae_type_size(j->type);
  for (int64_t i = begin; i < end; i++) {
    const char *line = (const char *)ae_data(&j->lanes->x) + (size_t)(i * n) * size;
    const int64_t *place = sort_places(j, line, n, j->scratch + i * 2 * n);
    int64_t value = aei_line_start(&j->value, i), index = aei_line_start(&j->index, i);
    for (int64_t k = 0; k < j->keep; k++) {
      memcpy((char *)j->values + (size_t)(value + k * j->value.stride) * size,
             line + (size_t)place[k] * size, size);
      j->places[index + k * j->index.stride] = place[k];
    }
  }
}

static ae_status sort_into(const char *name, ae_tensor *value, ae_tensor *index, const ae_tensor *x,
                           int dim, bool descending, int64_t keep) {
  aei_lanes lanes;
  AEI_TRY(aei_check_types(name, value, x));
  AEI_TRY(aei_check_index(name, index));
  AEI_TRY(aei_lanes_begin(&lanes, name, x, dim, aei_overlap(x, value) || aei_overlap(x, index)));
  if (keep < 0) keep = lanes.length;
  job j = {.type = x->type, .descending = descending, .lanes = &lanes, .keep = keep};
  size_t scratch = (size_t)(lanes.count * lanes.length * 2) * sizeof *j.scratch;
  ae_status status = AE_OK;
  if (!(j.scratch = aei_alloc(scratch))) status = AE_EMEM;
  if (status == AE_OK) status = aei_lanes_results(&j.value, &j.index, &lanes, value, index, keep);
  if (status == AE_OK && lanes.count > 0) {
    j.values = value->storage->data;
    j.places = index->storage->data;
    aei_parallel(lanes.count, aei_lanes_grain(&lanes), sort_lines, &j);
  }
  aei_free(j.scratch);
  aei_lanes_end(&lanes);
  return status;
}

ae_status ae_sort(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim,
                  bool descending) {
  return sort_into("sort", value, index, x, dim, descending, -1);
}

ae_status ae_topk(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int64_t k, int dim,
                  bool largest) {
  AEI_TRY(aei_check_dim("topk", x, dim));
  if (k < 1 || k > x->size[dim])
    return aei_fail(AE_EARG, "topk: k is %lld and dimension %d has %lld elements", (long long)k,
                    dim + 1, (long long)x->size[dim]);
  return sort_into("topk", value, index, x, dim, largest, k);
}
