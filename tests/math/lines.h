/* lines.h - tensors of every type and several layouts, and plain loops over them. */
#ifndef TEST_LINES_H
#define TEST_LINES_H

#include "core/core.h"
#include "engine.h"

enum { LAYOUTS = 3 }; /* contiguous, transposed, a window of a larger one */

/* A (rows, columns) tensor of whole numbers 0..9 in the layout, as the tests' data. */
static inline ae_tensor *laid_out(ae_type type, int layout, int64_t rows, int64_t columns,
                                  uint64_t seed) {
  ae_tensor *t = NULL;
  ae_generator g = {.seed = seed};
  bool turned = layout == 1;
  int64_t margin = layout == 2 ? 3 : 0;
  CHECK_OK(ae_tensor_new_sized(
      &t, type, 2,
      (int64_t[]){(turned ? columns : rows) + margin, (turned ? rows : columns) + margin}));
  CHECK_OK(ae_randint(t, &g, 0, 9));
  if (turned) CHECK_OK(ae_transpose(t, t, 0, 1));
  if (margin > 0) {
    CHECK_OK(ae_narrow(t, t, 0, 1, rows));
    CHECK_OK(ae_narrow(t, t, 1, 2, columns));
  }
  CHECK(ae_is_contiguous(t) == (layout == 0));
  return t;
}

static inline double at(const ae_tensor *t, int64_t i, int64_t j) {
  ae_number v = ae_from_double(-1);
  CHECK_OK(ae_get(&v, t, (int64_t[]){i, j}));
  return ae_to_double(v);
}

/* The whole number v as the type stores it. */
static inline double stored(ae_type type, int64_t v) {
  const int spare = 64 - 8 * (int)ae_type_size(type);
  if (ae_type_is_real(type) || spare == 0) return (double)v;
  const uint64_t bits = (uint64_t)v << spare;
  return type == AE_BYTE ? (double)(bits >> spare) : (double)((int64_t)bits >> spare);
}

/* Runs body for each type and layout; `type` and `layout` are its variables. */
#define EACH_TYPE_AND_LAYOUT(...)                      \
  for (int type_ = 0; type_ < AE_NTYPES; type_++)      \
    for (int layout = 0; layout < LAYOUTS; layout++) { \
      ae_type type = (ae_type)type_;                   \
      __VA_ARGS__                                      \
    }

static inline ae_tensor *empty_of(ae_type type) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new(&t, type));
  return t;
}

#endif
