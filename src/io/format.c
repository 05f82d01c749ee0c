/* format.c - a tensor as text, the way Torch7 prints it.
 *
 *    0.5000  1.2500          one format for all elements: integers when all are, a common scale or
 *   -3.0000  0.0000          exponents when their magnitudes need it
 *   [torch.FloatTensor of size 2x2]
 */
#include "core/core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text that grows ---- */

typedef struct text {
  char *data;
  size_t used, capacity;
  bool failed; /* out of memory: what follows is dropped */
} text;

static void append(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(text *t, const char *format, ...) {
  char piece[512];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(piece, sizeof piece, format, args);
  va_end(args);
  if (n < 0 || t->failed) return;
  size_t length = strlen(piece);
  if (t->used + length + 1 > t->capacity) {
    size_t capacity = (t->capacity + length) * 2 + 64;
    char *data = aei_realloc(t->data, capacity);
    t->failed = !data;
    if (!data) return;
    t->data = data;
    t->capacity = capacity;
  }
  memcpy(t->data + t->used, piece, length + 1);
  t->used += length;
}

/* ---- one format for all elements ---- */

typedef struct style {
  enum { INTEGER, FIXED, EXPONENT } kind;
  int width;
  double scale; /* elements are divided by it; 1: no scale is shown */
} style;

static double element(const ae_tensor *t, int64_t i) {
  double value = 0;
  switch (t->type) {
#define ELEMENT_CASE(id, ctype, name, real)         \
  case id:                                          \
    value = (double)((const ctype *)ae_data(t))[i]; \
    break;
    AE_TYPES(ELEMENT_CASE)
#undef ELEMENT_CASE
  }
  return value;
}

/* Number of digits before the point: 1 for 0..9, 0 for 0.1..0.9, negative below. */
static int digits(double magnitude) {
  return magnitude == 0 ? 1 : (int)floor(log10(magnitude)) + 1;
}

/* Torch7's rules (Tensor.lua), over the finite elements. */
static style choose_style(const ae_tensor *t) {
  double least = INFINITY, most = 0;
  bool integers = true, finite = true;
  int64_t n = ae_nelement(t);
  for (int64_t i = 0; i < n; i++) {
    double x = fabs(element(t, i));
    if (!isfinite(x)) {
      finite = false;
      continue;
    }
    if (x != floor(x)) integers = false;
    if (x < least) least = x;
    if (x > most) most = x;
  }
  int low = isfinite(least) ? digits(least) : 1, high = digits(most);
  style s = {INTEGER, high + 1, 1};
  if (integers && high > 9) return (style){EXPONENT, 11, 1};
  if (integers && finite) return s;
  if (integers) return (style){FIXED, high + 6, 1};
  if (high - low > 4) return (style){EXPONENT, abs(high) > 99 || abs(low) > 99 ? 12 : 11, 1};
  if (high > 5 || high < 0) return (style){FIXED, 7, pow(10, high - 1)};
  return (style){FIXED, high == 0 ? 7 : high + 6, 1};
}

static void append_element(text *out, const style *s, const ae_tensor *t, int64_t i) {
  double x = element(t, i);
  if (s->kind == INTEGER)
    append(out, "%*lld", s->width, (long long)x);
  else if (s->kind == FIXED)
    append(out, "%*.4f", s->width, x / s->scale);
  else if (t->type == AE_LONG) /* not every one is a double */
    append(out, "%*lld", s->width, (long long)((const int64_t *)ae_data(t))[i]);
  else if (!ae_type_is_real(t->type))
    append(out, "%*.0f", s->width, x);
  else
    append(out, "%*.4e", s->width, x);
}

/* ---- layouts ---- */

static void append_vector(text *out, const style *s, const ae_tensor *t) {
  if (s->scale != 1) append(out, "%g *\n", s->scale);
  for (int64_t i = 0; i < t->size[0]; i++) {
    append_element(out, s, t, i);
    append(out, "\n");
  }
}

/* Rows x columns elements from `first` on, in blocks of columns that fit a line of 80. */
static void append_matrix(text *out, const style *s, const ae_tensor *t, int64_t first,
                          const char *indent) {
  int64_t rows = t->size[t->ndim - 2], columns = t->size[t->ndim - 1];
  int64_t fitting = (80 - (int64_t)strlen(indent)) / (s->width + 1);
  for (int64_t from = 0; from < columns; from += fitting) {
    int64_t to = from + fitting < columns ? from + fitting : columns;
    if (fitting < columns)
      append(out, "%sColumns %lld to %lld\n", from > 0 ? "\n" : "", (long long)from + 1,
             (long long)to);
    if (s->scale != 1) append(out, "%s%g *\n", indent, s->scale);
    for (int64_t i = 0; i < rows; i++) {
      append(out, "%s%s", indent, s->scale != 1 ? " " : "");
      for (int64_t j = from; j < to; j++) {
        append_element(out, s, t, first + i * columns + j);
        append(out, "%s", j + 1 < to ? " " : "\n");
      }
    }
  }
}

/* "(2,1,.,.) = " before each matrix. */
static void append_matrices(text *out, const style *s, const ae_tensor *t) {
  int64_t rows = t->size[t->ndim - 2], columns = t->size[t->ndim - 1];
  int64_t count = ae_nelement(t) / (rows * columns);
  int64_t place[AE_MAXDIM] = {0};
  for (int64_t k = 0; k < count; k++) {
    append(out, "%s(", k > 0 ? "\n" : "");
    for (int d = 0; d < t->ndim - 2; d++) append(out, "%lld,", (long long)place[d] + 1);
    append(out, ".,.) = \n");
    append_matrix(out, s, t, k * rows * columns, " ");
    for (int d = t->ndim - 3; d >= 0 && ++place[d] == t->size[d]; d--) place[d] = 0;
  }
}

static ae_status append_elements(text *out, const ae_tensor *t) {
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, t, &copy));
  style s = choose_style(c);
  if (t->ndim == 1)
    append_vector(out, &s, c);
  else if (t->ndim == 2)
    append_matrix(out, &s, c, 0, "");
  else
    append_matrices(out, &s, c);
  ae_tensor_clear(&copy);
  return AE_OK;
}

/* Without elements there may still be any number of columns. */
ae_status ae_tensor_format(char **out, const ae_tensor *t) {
  text result = {0};
  if (ae_nelement(t) > 0) AEI_TRY(append_elements(&result, t));
  if (t->ndim == 0)
    append(&result, "[torch.%sTensor with no dimension]\n", ae_type_name(t->type));
  else
    append(&result, "[torch.%sTensor of size %s]\n", ae_type_name(t->type), AEI_SHAPE(t));
  if (result.failed) return aei_free(result.data), AE_EMEM;
  *out = result.data;
  return AE_OK;
}

void ae_string_free(char *s) { aei_free(s); }
