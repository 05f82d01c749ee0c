/* text.c - any bytes as a table (CSV), and as the JSON of a safetensors header. */
#include "fuzz.h"

#include <stdlib.h>

#include "io/io.h"

/* ---- tables ---- */

typedef struct table {
  ae_tensor x, labels, classes, names;
} table;

static bool read_table(table *t, const char *path, char separator, const char *name,
                       int64_t column) {
  *t = (table){ae_tensor_local(AE_FLOAT), ae_tensor_local(AE_LONG), ae_tensor_local(AE_BYTE),
               ae_tensor_local(AE_BYTE)};
  const ae_csv to = {&t->x, &t->labels, &t->classes, &t->names};
  return fuzz_read(ae_csv_read(&to, path, separator, name, column), path);
}

static void clear_table(table *t) {
  ae_tensor_clear(&t->x);
  ae_tensor_clear(&t->labels);
  ae_tensor_clear(&t->classes);
  ae_tensor_clear(&t->names);
}

static void put_text(aei_text *to, const char *text) {
  FUZZ_OK(aei_text_bytes(to, "\"", 1));
  for (; *text; text++)
    FUZZ_OK(aei_text_bytes(to, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1));
  FUZZ_OK(aei_text_bytes(to, "\"", 1));
}

/* The text of number i among those that end with 0. */
static const char *text_at(const ae_tensor *texts, int64_t i) {
  const char *at = ae_data(texts);
  for (; i > 0; i--) at += strlen(at) + 1;
  return at;
}

/* The table with its labels in front. */
static void put_table(aei_text *to, const table *t) {
  const int64_t columns = t->x.size[1];
  const float *x = ae_data(&t->x);
  const int64_t *label = ae_data(&t->labels);
  if (ae_nelement(&t->names) > 0) {
    put_text(to, "");
    for (int64_t i = 0; i < columns; i++) {
      FUZZ_OK(aei_text_bytes(to, ",", 1));
      put_text(to, text_at(&t->names, i));
    }
    FUZZ_OK(aei_text_bytes(to, "\n", 1));
  }
  for (int64_t row = 0; row < t->x.size[0]; row++) {
    put_text(to, text_at(&t->classes, label[row]));
    for (int64_t i = 0; i < columns; i++) FUZZ_OK(aei_text_format(to, ",%.9g", (double)*x++));
    FUZZ_OK(aei_text_bytes(to, "\n", 1));
  }
}

static void check_table(const table *t) {
  aei_text text = {0};
  table again;
  put_table(&text, t);
  FUZZ_CHECK(read_table(&again, fuzz_file(text.data, text.used), ',', NULL, 0));
  FUZZ_CHECK(fuzz_same(&t->x, &again.x) && fuzz_same(&t->labels, &again.labels));
  FUZZ_CHECK(fuzz_same(&t->classes, &again.classes) && fuzz_same(&t->names, &again.names));
  clear_table(&again);
  aei_free(text.data);
}

/* The first byte: separator and which column has the labels. */
FUZZ(csv) {
  static const char separators[4] = ",;\t ";
  fuzz_bytes in = {data, size};
  const unsigned how = fuzz_byte(&in), column = how >> 2 & 7;
  table t;
  const bool right = read_table(&t, fuzz_file(in.at, in.left), separators[how & 3],
                                how & 128 ? "b" : NULL, column == 7 ? -1 : (int64_t)column);
  if (right) check_table(&t);
  clear_table(&t);
}

/* ---- JSON: objects, lists, texts and whole numbers, as far as the engine reads it ---- */

enum { DEPTH = 20 };

static ae_status copy_value(aei_json *j, aei_text *to, int depth);

static ae_status copy_items(aei_json *j, aei_text *to, int depth, char open, char close) {
  bool more;
  AEI_TRY(aei_json_expect(j, open));
  AEI_TRY(aei_text_bytes(to, &open, 1));
  for (bool first = true;; first = false) {
    AEI_TRY(aei_json_more(j, close, first, &more));
    if (!more) return aei_text_bytes(to, &close, 1);
    if (!first) AEI_TRY(aei_text_bytes(to, ",", 1));
    if (open == '{') {
      const char *key;
      AEI_TRY(aei_json_string(j, &key));
      AEI_TRY(aei_text_string(to, key));
      AEI_TRY(aei_json_expect(j, ':'));
      AEI_TRY(aei_text_bytes(to, ":", 1));
    }
    AEI_TRY(copy_value(j, to, depth + 1));
  }
}

static ae_status copy_value(aei_json *j, aei_text *to, int depth) {
  const char *text;
  int64_t number;
  const char c = aei_json_peek(j);
  if (depth > DEPTH) return aei_json_fail(j, "too deep");
  if (c == '{') return copy_items(j, to, depth, '{', '}');
  if (c == '[') return copy_items(j, to, depth, '[', ']');
  if (c == '"') {
    AEI_TRY(aei_json_string(j, &text));
    FUZZ_CHECK(aei_is_utf8(text));
    return aei_text_string(to, text);
  }
  AEI_TRY(aei_json_integer(j, &number));
  FUZZ_CHECK(number >= 0);
  return aei_text_format(to, "%lld", (long long)number);
}

/* What is read is written; what is written reads the same. */
FUZZ(header) {
  aei_text first = {0}, second = {0};
  char *text = malloc(size ? size : 1); /* of its own: the end is watched */
  if (size > 0) memcpy(text, data, size);
  aei_json j = {.text = text, .size = size, .name = "name"};
  if (fuzz_read(copy_value(&j, &first, 0), "name")) {
    char *copy = malloc(first.used + 1);
    memcpy(copy, first.data, first.used);
    aei_json k = {.text = copy, .size = first.used, .name = "name"};
    FUZZ_OK(copy_value(&k, &second, 0));
    FUZZ_CHECK(k.at == k.size && first.used == second.used &&
               memcmp(first.data, second.data, first.used) == 0);
    free(copy);
  }
  free(text);
  aei_free(first.data);
  aei_free(second.data);
}
