/* engine.h - making modules and tensors in a line, and an allocator that counts and fails. */
#ifndef TEST_ENGINE_H
#define TEST_ENGINE_H

#include <stdlib.h>

#include "test.h"

/* ---- tensors ---- */

/* A tensor (rows, columns), or a vector when rows is 0, filled from a list of doubles. */
static inline ae_tensor *tensor_of(ae_type type, int64_t rows, int64_t columns,
                                   const double *value) {
  ae_tensor *t = NULL;
  int64_t size[2] = {rows, columns};
  CHECK_OK(ae_tensor_new_sized(&t, type, rows > 0 ? 2 : 1, rows > 0 ? size : size + 1));
  for (int64_t i = 0; i < (rows > 0 ? rows : 1) * columns; i++) {
    int64_t index[2] = {i / columns, i % columns};
    CHECK_OK(ae_put(t, rows > 0 ? index : index + 1, ae_from_double(value[i])));
  }
  return t;
}
#define MATRIX(type, rows, columns, ...) \
  tensor_of((type), (rows), (columns), (const double[]){__VA_ARGS__})
#define VECTOR(type, n, ...) tensor_of((type), 0, (n), (const double[]){__VA_ARGS__})

static inline ae_tensor *random_matrix(ae_type type, int64_t rows, int64_t columns, uint64_t seed) {
  ae_tensor *t = NULL;
  ae_generator g = {.seed = seed};
  CHECK_OK(ae_tensor_new_sized(&t, type, 2, (int64_t[]){rows, columns}));
  CHECK_OK(ae_normal(t, &g, 0, 1));
  return t;
}

/* Element number i in row-major order, for ranks 1 and 2. */
static inline double element(const ae_tensor *t, int64_t i) {
  ae_number v = ae_from_double(0);
  int64_t columns = t->ndim > 0 ? t->size[t->ndim - 1] : 1;
  CHECK_OK(ae_get(&v, t, t->ndim == 2 ? (int64_t[]){i / columns, i % columns} : &i));
  return ae_to_double(v);
}

/* Sizes and elements of a tensor of rank 1 or 2. */
#define CHECK_TENSOR(t, limit, ...)                                     \
  do {                                                                  \
    const double want_values_[] = {__VA_ARGS__};                        \
    int64_t n_ = (int64_t)(sizeof want_values_ / sizeof *want_values_); \
    CHECK(ae_nelement(t) == n_);                                        \
    for (int64_t i_ = 0; i_ < n_ && i_ < ae_nelement(t); i_++)          \
      CHECK_NEAR(element(t, i_), want_values_[i_], limit);              \
  } while (0)

/* ---- modules ---- */

/* A layer by its name, with its first options given as numbers. */
static inline ae_module *layer_of(const char *name, ae_type type, int n, const double *number) {
  const ae_layer *layer = ae_layer_find(name);
  ae_value option[AE_MAXOPTIONS];
  ae_generator g = {.seed = 1};
  ae_module *m = NULL;
  if (!layer) return test_failed(__FILE__, __LINE__, "no layer %s", name), NULL;
  ae_option_defaults(layer->options, option);
  for (int i = 0; i < n; i++) option[i].number = number[i];
  CHECK_OK(ae_module_new(&m, layer, option, type, &g));
  return m;
}
#define LAYER(name, type, ...)                                                          \
  layer_of((name), (type), (int)(sizeof(const double[]){__VA_ARGS__} / sizeof(double)), \
           (const double[]){__VA_ARGS__})
static inline ae_module *plain_layer(const char *name, ae_type type) {
  return layer_of(name, type, 0, NULL);
}

/* Appends child and gives its reference away; returns the container. */
static inline ae_module *add(ae_module *container, ae_module *child, const char *name) {
  CHECK_OK(ae_module_insert(container, child, name, container->nchildren));
  ae_module_release(child);
  return container;
}

/* ---- an allocator that counts, and fails at the `fail_at`-th request (1: the first; 0: never)
 * ---- */

typedef struct counter {
  int requests, fail_at;
} counter;

static inline void *count_allocations(void *user, void *ptr, size_t old_size, size_t new_size) {
  counter *c = user;
  (void)old_size;
  if (new_size == 0) return free(ptr), NULL;
  if (++c->requests == c->fail_at) return NULL;
  return realloc(ptr, new_size);
}

#endif
