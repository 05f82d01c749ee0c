/* number.c - element types, and one element's value on its way through the interface. */
#include "core/core.h"

#include <math.h>

static const struct {
  size_t size;
  bool real;
  const char *name;
} types[AE_NTYPES] = {
#define TYPE_ROW(id, ctype, name, real) [id] = {sizeof(ctype), real, #name},
    AE_TYPES(TYPE_ROW)
#undef TYPE_ROW
};

size_t ae_type_size(ae_type type) { return types[type].size; }
bool ae_type_is_real(ae_type type) { return types[type].real; }
const char *ae_type_name(ae_type type) { return types[type].name; }

ae_number ae_from_double(double d) { return (ae_number){.integral = false, .as.d = d}; }
ae_number ae_from_int(int64_t i) { return (ae_number){.integral = true, .as.i = i}; }
double ae_to_double(ae_number v) { return v.integral ? (double)v.as.i : v.as.d; }

int64_t ae_to_int(ae_number v) {
  if (v.integral) return v.as.i;
  if (isnan(v.as.d)) return 0;
  if (v.as.d >= 0x1p63) return INT64_MAX;
  if (v.as.d < -0x1p63) return INT64_MIN;
  return (int64_t)v.as.d;
}
