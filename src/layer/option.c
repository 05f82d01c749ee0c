/* option.c - constructor options of layers, losses and optimizers: defaults, ranges, names. */
#include "layer/layer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void ae_option_defaults(const ae_option *options, ae_value *value) {
  for (int i = 0; options && options[i].name; i++) {
    value[i] = (ae_value){0};
    value[i].number = options[i].fallback;
  }
}

int ae_option_find(const ae_option *options, const char *name) {
  for (int i = 0; options && options[i].name; i++)
    if (strcmp(options[i].name, name) == 0) return i;
  return -1;
}

/* ---- checking ---- */

/* What an option that is not `value` should be, for the message. */
static const char *wanted(const ae_option *o, double value, char *buffer, size_t capacity) {
  const bool above = o->min > -AE_FINITE, below = o->max < INT32_MAX;
  const bool larger = value > o->max && value <= AE_FINITE;
  if (above && below) snprintf(buffer, capacity, "in %g..%g", o->min, o->max);
  if (above && !below && larger) snprintf(buffer, capacity, "at most %.17g", o->max);
  if (above && !below && !larger)
    snprintf(buffer, capacity, "%sat least %g", value > AE_FINITE ? "finite and " : "", o->min);
  if (!above) snprintf(buffer, capacity, o->max == AE_FINITE ? "a finite number" : "a number");
  return buffer;
}

static ae_status check_range(const char *owner, const ae_option *o, double value) {
  if (value >= o->min && value <= o->max) return AE_OK;
  return aei_fail(AE_EARG, "%s: %s is %.17g, should be %s", owner, o->name,
                  isnan(value) ? (double)NAN : value, wanted(o, value, (char[80]){0}, 80));
}

static ae_status check_sizes(const char *owner, const ae_option *o, const ae_value *value) {
  if (value->count < 0 || value->count > AE_MAXDIM)
    return aei_fail(AE_EARG, "%s: %s are %d numbers, at most %d are allowed", owner, o->name,
                    value->count, AE_MAXDIM);
  for (int i = 0; i < value->count; i++) AEI_TRY(check_range(owner, o, (double)value->size[i]));
  return AE_OK;
}

/* The weights of classes and the like. */
static ae_status check_tensor(const char *owner, const ae_option *o, const ae_tensor *t) {
  int64_t first;
  if (!t || ae_nonfinite(&first, t) == 0) return AE_OK;
  return aei_fail(AE_EARG, "%s: %s: element %lld of %s is NaN or infinite", owner, o->name,
                  (long long)first + 1, AEI_SHAPE(t));
}

static bool is_missing(const ae_option *o, const ae_value *value) {
  if (o->fallback != AE_REQUIRED) return false;
  if (o->kind == AE_SIZES) return value->count == 0;
  if (o->kind == AE_TENSOR) return value->tensor == NULL;
  return value->number == AE_REQUIRED;
}

ae_status ae_option_check(const char *owner, const ae_option *option, const ae_value *value) {
  double v = value->number;
  if (is_missing(option, value))
    return aei_fail(AE_EARG, "%s: %s is missing (%s)", owner, option->name, option->doc);
  switch (option->kind) {
    case AE_BOOL:
      if (v == 0 || v == 1 || v == option->fallback) return AE_OK;
      return aei_fail(AE_EARG, "%s: %s is %g, should be true or false", owner, option->name, v);
    case AE_INT:
      if (AE_IS_LIKE(option->fallback) && v == option->fallback) return AE_OK;
      if (v != trunc(v))
        return aei_fail(AE_EARG, "%s: %s is %.17g, should be a whole number", owner, option->name,
                        isnan(v) ? (double)NAN : v);
      return check_range(owner, option, v);
    case AE_NUMBER:
      return check_range(owner, option, v);
    case AE_SIZES:
      return check_sizes(owner, option, value);
    case AE_TENSOR:
      break;
  }
  return check_tensor(owner, option, value->tensor);
}

ae_status aei_check_options(const char *owner, const ae_option *options, const ae_value *value) {
  for (int i = 0; options && options[i].name; i++)
    AEI_TRY(ae_option_check(owner, &options[i], &value[i]));
  return AE_OK;
}

/* ---- the value list of an object ---- */

void aei_option_follow(const ae_option *options, ae_value *value, int i) {
  const double fallback = options[i].fallback;
  if (AE_IS_LIKE(fallback) && value[i].number == fallback)
    value[i].number = value[AE_LIKE_OF(fallback)].number;
}

void aei_options_take(const ae_option *options, ae_value *to, const ae_value *from) {
  for (int i = 0; options && options[i].name; i++) {
    to[i] = from[i];
    aei_option_follow(options, to, i);
    ae_tensor_retain(to[i].tensor);
  }
}

void aei_options_drop(ae_value *value) {
  for (int i = 0; i < AE_MAXOPTIONS; i++) {
    ae_tensor_release(value[i].tensor);
    value[i].tensor = NULL;
  }
}

void aei_describe_numbers(const ae_module *m, char *buffer, size_t capacity) {
  const ae_option *o = m->layer->options;
  const char *before = "(";
  size_t used = 0;
  for (int i = 0; o[i].name && used < capacity; i++) {
    if (o[i].kind != AE_INT && o[i].kind != AE_NUMBER) continue;
    used += (size_t)snprintf(buffer + used, capacity - used, "%s%g", before, m->option[i].number);
    before = ", ";
  }
  if (used < capacity) snprintf(buffer + used, capacity - used, ")");
}

void aei_describe_first(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%g)", m->option[0].number);
}

/* ---- misspelt words ---- */

enum { WORD_CAPACITY = 48 };

static int least(int a, int b) { return a < b ? a : b; }

/* Insertions, deletions, substitutions and swaps of neighbours that turn a into b, letter case
 * apart. row[i % 3][j]: between the first i letters of a and the first j of b. */
static int edit_distance(const char *a, const char *b) {
  int row[3][WORD_CAPACITY + 1];
  int na = (int)strlen(a), nb = (int)strlen(b);
  for (int j = 0; j <= nb; j++) row[0][j] = j;
  for (int i = 1; i <= na; i++) {
    int *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
    now[0] = i;
    for (int j = 1; j <= nb; j++) {
      int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
      now[j] = least(up[j - 1] + (ca != cb), least(up[j], now[j - 1]) + 1);
      if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
          cb == tolower((unsigned char)a[i - 2]))
        now[j] = least(now[j], up2[j - 2] + 1);
    }
  }
  return row[na % 3][nb];
}

const char *ae_nearest_word(const char *word, const char *const *words) {
  const char *nearest = NULL;
  size_t length = strlen(word);
  int limit = 1 + (int)(length < WORD_CAPACITY ? length : WORD_CAPACITY) / 4;
  if (length > WORD_CAPACITY) return NULL;
  for (int i = 0; words[i]; i++) {
    int longer = (int)strlen(words[i]) - (int)length;
    if (longer > limit || longer < -limit || longer + (int)length > WORD_CAPACITY) continue;
    int distance = edit_distance(word, words[i]);
    if (distance > limit || distance >= (int)length) continue;
    if (nearest && distance == limit && strcmp(words[i], nearest) > 0) continue;
    nearest = words[i];
    limit = distance;
  }
  return nearest;
}
