/* gather.c - elements picked from, or put to, the places that a tensor of indices names along one
 * dimension. */
#include "math/math.h"

#include <string.h>

/* Lines of a tensor along dim, in the order aei_lanes has them. */
static aei_lines lines_along(const ae_tensor *t, int dim) {
  ae_tensor moved = ae_tensor_local(t->type);
  ae_transpose(&moved, t, dim, t->ndim - 1);
  aei_lines lines = aei_lines_of(&moved, t->ndim - 1);
  ae_tensor_clear(&moved);
  return lines;
}

/* `whole` is indexed by places along dim; `part` has the index's sizes. */
static ae_status check(const char *name, const ae_tensor *whole, int dim, const ae_tensor *index) {
  AEI_TRY(aei_check_dim(name, whole, dim));
  AEI_TRY(aei_check_index(name, index));
  bool fits = whole->ndim == index->ndim;
  for (int d = 0; fits && d < whole->ndim; d++) fits = d == dim || whole->size[d] == index->size[d];
  if (fits) return AE_OK;
  return aei_fail(AE_ESHAPE,
                  "%s: the index is %s and the tensor %s: they may differ in dimension "
                  "%d only",
                  name, AEI_SHAPE(index), AEI_SHAPE(whole), dim + 1);
}

static ae_status check_places(const char *name, const aei_lanes *index, int64_t n) {
  const int64_t *place = ae_data(&index->x);
  for (int64_t i = 0; i < index->count * index->length; i++)
    if (place[i] < 0 || place[i] >= n)
      return aei_fail(AE_EARG, "%s: index %lld is out of range 1..%lld", name,
                      (long long)place[i] + 1, (long long)n);
  return AE_OK;
}

typedef struct transfer {
  size_t size; /* bytes of an element */
  const aei_lanes *index;
  aei_lines whole, part;
  char *whole_data, *part_data;
  bool to_whole;
} transfer;

static void transfer_lines(const transfer *t) {
  const int64_t *place = ae_data(&t->index->x);
  for (int64_t i = 0; i < t->index->count; i++) {
    int64_t whole = aei_line_start(&t->whole, i);
    int64_t part = aei_line_start(&t->part, i);
    for (int64_t k = 0; k < t->index->length; k++) {
      char *w = t->whole_data + (size_t)(whole + *place++ * t->whole.stride) * t->size;
      char *p = t->part_data + (size_t)(part + k * t->part.stride) * t->size;
      memcpy(t->to_whole ? w : p, t->to_whole ? p : w, t->size);
    }
  }
}

/* The places of a checked index, looked at before anything is changed. */
static ae_status begin(aei_lanes *places, const char *name, const ae_tensor *whole, int dim,
                       const ae_tensor *index) {
  AEI_TRY(aei_lanes_begin(places, name, index, dim, false));
  const ae_status status = check_places(name, places, whole->size[dim]);
  if (status != AE_OK) aei_lanes_end(places);
  return status;
}

/* Between whole and part at the places. */
static void run(const aei_lanes *places, const ae_tensor *whole, const ae_tensor *part, int dim,
                bool to_whole) {
  if (places->count == 0) return;
  transfer t = {.size = ae_type_size(whole->type),
                .index = places,
                .whole = lines_along(whole, dim),
                .part = lines_along(part, dim),
                .whole_data = whole->storage->data,
                .part_data = part->storage->data,
                .to_whole = to_whole};
  transfer_lines(&t);
}

ae_status ae_gather(ae_tensor *y, const ae_tensor *x, int dim, const ae_tensor *index) {
  aei_lanes places;
  AEI_TRY(check("gather", x, dim, index));
  AEI_TRY(aei_check_types("gather", y, x));
  AEI_TRY(begin(&places, "gather", x, dim, index));
  ae_tensor result = ae_tensor_local(x->type);
  ae_tensor *target = aei_overlap(y, x) || aei_overlap(y, index) ? &result : y;
  ae_status status = ae_resize_as(target, index);
  if (status == AE_OK) run(&places, x, target, dim, false);
  if (status == AE_OK && target == &result) status = ae_convert(y, &result);
  ae_tensor_clear(&result);
  aei_lanes_end(&places);
  return status;
}

static ae_status scatter(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x) {
  aei_lanes places;
  AEI_TRY(begin(&places, "scatter", y, dim, index));
  run(&places, y, x, dim, true);
  aei_lanes_end(&places);
  return AE_OK;
}

ae_status ae_scatter(ae_tensor *y, int dim, const ae_tensor *index, const ae_tensor *x) {
  AEI_TRY(check("scatter", y, dim, index));
  AEI_TRY(aei_check_types("scatter", y, x));
  if (!ae_same_size(x, index))
    return aei_fail(AE_ESHAPE, "scatter: the index is %s and the source %s", AEI_SHAPE(index),
                    AEI_SHAPE(x));
  return scatter(y, dim, index, x);
}

ae_status ae_scatter_fill(ae_tensor *y, int dim, const ae_tensor *index, ae_number value) {
  AEI_TRY(check("scatter", y, dim, index));
  ae_tensor one = ae_tensor_local(y->type);
  ae_status status = ae_resize(&one, 1, (int64_t[]){1});
  if (status == AE_OK) status = ae_fill(&one, value);
  if (status == AE_OK) status = ae_expand(&one, &one, index->ndim, index->size);
  if (status == AE_OK) status = scatter(y, dim, index, &one);
  ae_tensor_clear(&one);
  return status;
}
