/* batch.c - from the pixels of a data set, bytes, to a batch of real numbers. */
#include "core/core.h"
#include "kernel/kernel.h"

typedef struct job {
  ae_type type;
  const uint8_t *images;
  char *x;
  const int64_t *index; /* NULL: rows first, first + 1, ... */
  int64_t first, features;
  double divisor;
} job;

static const uint8_t *row(const job *j, int64_t i) {
  return j->images + (j->index ? j->index[i] : j->first + i) * j->features;
}

/* Rows in random order are in no cache. */
static void fetch(const uint8_t *from, int64_t n) {
  for (int64_t i = 0; i < n && i < 4096; i += 64) __builtin_prefetch(from + i);
}

static void fill_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  size_t row_bytes = (size_t)j->features * ae_type_size(j->type);
  for (int64_t i = begin; i < end; i++) {
    if (i + 1 < end) fetch(row(j, i + 1), j->features);
    aei_kernels_of(j->type)->bytes(j->features, j->x + (size_t)i * row_bytes, row(j, i),
                                   j->divisor);
  }
}

/* A place as the user counts, from 1; where the largest number has no successor, that one. */
static long long counted(int64_t i) { return i < INT64_MAX ? i + 1 : i; }

static ae_status check_index(const ae_tensor *index, int64_t rows) {
  if (index->type != AE_LONG || index->ndim != 1 || !ae_is_contiguous(index))
    return aei_fail(AE_EARG, "batch: the index must be a contiguous Long vector, not a %sTensor %s",
                    ae_type_name(index->type), AEI_SHAPE(index));
  const int64_t *place = ae_data(index);
  for (int64_t i = 0; i < index->size[0]; i++)
    if (place[i] < 0 || place[i] >= rows)
      return aei_fail(AE_EARG, "batch: image %lld (entry %lld) of %lld", counted(place[i]),
                      counted(i), (long long)rows);
  return AE_OK;
}

ae_status ae_batch_images(ae_tensor *x, const ae_tensor *images, const ae_tensor *index,
                          int64_t first, int64_t count, double divisor) {
  if (images->type != AE_BYTE || images->ndim < 1 || !ae_is_contiguous(images))
    return aei_fail(AE_ETYPE, "batch: images must be a contiguous ByteTensor, not a %sTensor %s",
                    ae_type_name(images->type), AEI_SHAPE(images));
  if (!ae_type_is_real(x->type))
    return aei_fail(AE_ETYPE, "batch: the batch cannot be a %sTensor", ae_type_name(x->type));
  int64_t rows = images->size[0];
  if (index) {
    AEI_TRY(check_index(index, rows));
    count = index->size[0];
  } else if (first < 0 || count < 0 || first > rows - count) {
    return aei_fail(AE_EARG, "batch: %lld images from %lld of %lld", (long long)count,
                    counted(first), (long long)rows);
  }
  int64_t features = rows > 0 ? ae_nelement(images) / rows : 0;
  AEI_TRY(ae_resize(x, 2, (int64_t[]){count, features}));
  if (!ae_is_contiguous(x))
    return aei_fail(AE_EARG, "batch: the batch (%s) must be contiguous", AEI_SHAPE(x));
  job j = {.type = x->type,
           .images = ae_data(images),
           .x = ae_data(x),
           .index = index ? ae_data(index) : NULL,
           .first = first,
           .features = features,
           .divisor = divisor};
  aei_parallel(count, AEI_GRAIN / (features + 1) + 1, fill_rows, &j);
  return AE_OK;
}
