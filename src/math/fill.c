/* fill.c - tensors whose elements follow from their position. */
#include "math/math.h"

#include <math.h>
#include <string.h>

/* Converts to the type of the tensor: one loop per type. */
typedef struct job {
  ae_type type;
  ae_number value;
  double first, step;
  int64_t integer_step;
} job;

/* Not -0, whose bits are not zero. */
static bool is_zero(ae_number v) {
  return v.integral ? v.as.i == 0 : v.as.d == 0 && !signbit(v.as.d);
}

static void fill_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job *j = context;
  if (is_zero(j->value)) {
    memset(ptr[0], 0, (size_t)count * ae_type_size(j->type));
    return;
  }
  switch (j->type) {
#define FILL_CASE(id, ctype, name, real)                                         \
  case id: {                                                                     \
    ctype v = real ? (ctype)ae_to_double(j->value) : (ctype)ae_to_int(j->value); \
    ctype *y = ptr[0];                                                           \
    for (int64_t i = 0; i < count; i++) y[i] = v;                                \
    break;                                                                       \
  }
    AE_TYPES(FILL_CASE)
#undef FILL_CASE
  }
}

ae_status ae_fill(ae_tensor *t, ae_number value) {
  job j = {.type = t->type, .value = value};
  aei_iterate(1, 1, (const ae_tensor *[]){t}, fill_block, &j);
  return AE_OK;
}

static void ramp_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  switch (j->type) {
#define RAMP_CASE(id, ctype, name, real)                            \
  case id: {                                                        \
    ctype *y = ptr[0];                                              \
    for (int64_t i = 0; i < count; i++) {                           \
      double v = j->first + (double)(first + i) * j->step;          \
      y[i] = real ? (ctype)v : (ctype)ae_to_int(ae_from_double(v)); \
    }                                                               \
    break;                                                          \
  }
    AE_TYPES(RAMP_CASE)
#undef RAMP_CASE
  }
}

static ae_status ramp(ae_tensor *t, double first, double step, int64_t n) {
  AEI_TRY(ae_resize(t, 1, &n));
  job j = {.type = t->type, .first = first, .step = step};
  aei_iterate(1, 1, (const ae_tensor *[]){t}, ramp_block, &j);
  return AE_OK;
}

ae_status ae_range(ae_tensor *t, double first, double last, double step) {
  double count = floor((last - first) / step) + 1;
  if (step == 0 || !(count >= 1) || !(count < 0x1p53))
    return aei_fail(AE_EARG, "range: from %.14g to %.14g in steps of %.14g", first, last, step);
  return ramp(t, first, step, (int64_t)count);
}

/* Whole numbers into an integer type. */
static void integer_ramp_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  int64_t v[AEI_BLOCK];
  char *y = ptr[0];
  for (int64_t done = 0, n; done < count; done += n) {
    n = count - done < AEI_BLOCK ? count - done : AEI_BLOCK;
    for (int64_t i = 0; i < n; i++)
      v[i] = (int64_t)((uint64_t)j->value.as.i +
                       (uint64_t)(first + done + i) * (uint64_t)j->integer_step);
    aei_kernels_now()->convert[j->type][AE_LONG](n, y, v);
    y += (size_t)n * ae_type_size(j->type);
  }
}

/* How many of first, first + step, ... are not past last; 0 when first is. */
static uint64_t range_count(int64_t first, int64_t last, int64_t step) {
  if (step == 0 || (step > 0 ? last < first : last > first)) return 0;
  const bool up = step > 0;
  uint64_t distance = up ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
  uint64_t count = distance / (up ? (uint64_t)step : 0 - (uint64_t)step);
  return count < UINT64_MAX ? count + 1 : count;
}

ae_status ae_range_number(ae_tensor *t, ae_number first, ae_number last, ae_number step) {
  if (ae_type_is_real(t->type) || !first.integral || !last.integral || !step.integral)
    return ae_range(t, ae_to_double(first), ae_to_double(last), ae_to_double(step));
  uint64_t count = range_count(first.as.i, last.as.i, step.as.i);
  if (count == 0 || count >= (uint64_t)1 << 53)
    return aei_fail(AE_EARG, "range: from %lld to %lld in steps of %lld", (long long)first.as.i,
                    (long long)last.as.i, (long long)step.as.i);
  AEI_TRY(ae_resize(t, 1, &(int64_t){(int64_t)count}));
  job j = {.type = t->type, .value = first, .integer_step = step.as.i};
  aei_iterate(1, 1, (const ae_tensor *[]){t}, integer_ramp_block, &j);
  return AE_OK;
}

ae_status ae_linspace(ae_tensor *t, double first, double last, int64_t n) {
  if (n < 1 || (n == 1 && first != last))
    return aei_fail(AE_EARG, "linspace: %lld points from %.14g to %.14g", (long long)n, first,
                    last);
  AEI_TRY(ramp(t, first, n > 1 ? (last - first) / (double)(n - 1) : 0, n));
  int64_t end = n - 1; /* exactly last, whatever the rounding of the step */
  return ae_put(t, &end, ae_from_double(last));
}

ae_status ae_logspace(ae_tensor *t, double first, double last, int64_t n) {
  if (!ae_type_is_real(t->type))
    return aei_fail(AE_ETYPE, "logspace: not defined for a %sTensor", ae_type_name(t->type));
  if (n < 1 || (n == 1 && first != last))
    return aei_fail(AE_EARG, "logspace: %lld points from %.14g to %.14g", (long long)n, first,
                    last);
  ae_tensor exponent = ae_tensor_local(AE_DOUBLE);
  ae_status status = ae_linspace(&exponent, first, last, n);
  if (status == AE_OK) status = ae_map1(AE_RPOW_SCALAR, &exponent, &exponent, 10, 0);
  if (status == AE_OK) status = ae_convert(t, &exponent);
  ae_tensor_clear(&exponent);
  return status;
}

ae_status ae_eye(ae_tensor *t, int64_t rows, int64_t columns) {
  if (rows < 1 || columns < 1)
    return aei_fail(AE_EARG, "eye: %lld x %lld", (long long)rows, (long long)columns);
  AEI_TRY(ae_resize(t, 2, (int64_t[]){rows, columns}));
  AEI_TRY(ae_fill(t, ae_from_int(0)));
  for (int64_t i = 0; i < rows && i < columns; i++)
    AEI_TRY(ae_put(t, (int64_t[]){i, i}, ae_from_int(1)));
  return AE_OK;
}
