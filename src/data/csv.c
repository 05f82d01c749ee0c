/* csv.c - tables as text (RFC 4180): numbers, and the class of each row in one of the columns.
 *
 *     width,height,kind        a first line of names, or none
 *     1.5,2,"a ""cat"""        fields in quotes may hold separators, line ends and doubled quotes
 *
 * The text stays as it was read; records are found once, and fields are copied out one by one when
 * they are wanted. */
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/io.h"

enum { MAX_CLASSES = 1000, MAX_NUMBER = 64 };

typedef struct record {
  size_t begin, end; /* in the text, without the line's end */
  int64_t line;      /* from 1 on */
} record;

typedef struct csv {
  const char *path;
  char *text;
  size_t size;
  char separator;
  record *records;
  int64_t count, capacity, columns;
  bool header; /* records[0] */
  char *field; /* the last one that was taken; fits the longest record */
} csv;

/* ---- records ---- */

static ae_status fail_line(const csv *c, int64_t line, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: line %lld: %s", c->path, (long long)line, what);
}

static ae_status read_text(csv *c) {
  aei_input in;
  AEI_TRY(aei_input_open(&in, c->path));
  c->size = (size_t)in.size;
  c->text = aei_alloc(c->size + 1);
  ae_status status = c->text ? aei_input_read(&in, c->text, c->size, 0) : AE_EMEM;
  aei_input_close(&in);
  return status;
}

/* Keeps a record unless it is blank. */
static ae_status add_record(csv *c, size_t begin, size_t end, int64_t line) {
  if (end > begin && c->text[end - 1] == '\r') end--;
  if (end == begin) return AE_OK;
  if (c->count == c->capacity) {
    const int64_t capacity = c->capacity > 0 ? 2 * c->capacity : 256;
    record *more = aei_realloc(c->records, (size_t)capacity * sizeof *more);
    if (!more) return AE_EMEM;
    c->records = more;
    c->capacity = capacity;
  }
  c->records[c->count++] = (record){begin, end, line};
  return AE_OK;
}

static ae_status find_records(csv *c) {
  static const char mark[] = "\xef\xbb\xbf"; /* that some editors write in front of UTF-8 */
  const size_t first = c->size >= 3 && memcmp(c->text, mark, 3) == 0 ? 3 : 0;
  size_t begin = first;
  int64_t line = 1, began = 1;
  bool quoted = false;
  for (size_t i = first; i < c->size; i++) {
    if (c->text[i] == '\0') return fail_line(c, line, "a byte of 0: this is no text");
    if (c->text[i] == '"') quoted = !quoted;
    if (c->text[i] != '\n') continue;
    if (!quoted) {
      AEI_TRY(add_record(c, begin, i, began));
      begin = i + 1;
      began = line + 1;
    }
    line++;
  }
  if (quoted) return fail_line(c, began, "a quote is not closed");
  return add_record(c, begin, c->size, began);
}

/* ---- fields ---- */

/* Of a field that begins with a quote; *at is behind it afterwards. */
static ae_status take_quoted(const csv *c, const record *r, size_t *at) {
  size_t i = *at + 1, n = 0;
  for (; i < r->end; i++) {
    if (c->text[i] == '"' && (i + 1 == r->end || c->text[i + 1] != '"')) break;
    if (c->text[i] == '"') i++; /* one of two */
    c->field[n++] = c->text[i];
  }
  c->field[n] = '\0';
  *at = i + 1;
  if (*at < r->end && c->text[*at] != c->separator)
    return fail_line(c, r->line, "something follows a closing quote");
  return AE_OK;
}

/* Of one without quotes: white space around it does not belong to it. */
static ae_status take_plain(const csv *c, const record *r, size_t *at) {
  size_t begin = *at, end;
  while (*at < r->end && c->text[*at] != c->separator)
    if (c->text[(*at)++] == '"') return fail_line(c, r->line, "a quote inside of a field");
  end = *at;
  while (begin < end && isspace((unsigned char)c->text[begin])) begin++;
  while (end > begin && isspace((unsigned char)c->text[end - 1])) end--;
  memcpy(c->field, c->text + begin, end - begin);
  c->field[end - begin] = '\0';
  return AE_OK;
}

/* Copies the field at *at to c->field and goes on to the next one; *last: there is none. */
static ae_status take_field(const csv *c, const record *r, size_t *at, bool *last) {
  const bool quoted = *at < r->end && c->text[*at] == '"';
  AEI_TRY(quoted ? take_quoted(c, r, at) : take_plain(c, r, at));
  *last = *at >= r->end;
  ++*at; /* the separator */
  return AE_OK;
}

/* The field of a record that was counted. */
static const char *field_of(const csv *c, const record *r, int64_t column) {
  size_t at = r->begin;
  bool last;
  for (int64_t i = 0; i <= column; i++) take_field(c, r, &at, &last);
  return c->field;
}

static ae_status count_fields(const csv *c, const record *r, int64_t *count) {
  size_t at = r->begin;
  bool last = false;
  for (*count = 0; !last; ++*count) AEI_TRY(take_field(c, r, &at, &last));
  return AE_OK;
}

/* A decimal number that Float has: 1e39 is none. */
static bool read_number(const char *s, double *out) {
  const size_t n = strlen(s);
  char *end;
  if (n == 0 || n >= MAX_NUMBER || s[strspn(s, "0123456789+-.eE")] != '\0') return false;
  if (n <= 9 && s[strspn(s, "0123456789")] == '\0') { /* pixels: most of what there is */
    int64_t whole = 0;
    for (size_t i = 0; i < n; i++) whole = 10 * whole + (s[i] - '0');
    *out = (double)whole;
    return true;
  }
  *out = strtod(s, &end);
  return *end == '\0' && fabs(*out) <= (double)FLT_MAX;
}

/* NaN, an infinity, or a number that Float does not have. */
static bool is_nonfinite(const char *s) {
  char *end;
  const double number = strtod(s, &end);
  return end != s && *end == '\0' && !(fabs(number) <= (double)FLT_MAX);
}

/* What is wanted in place of a field that read_number does not take. */
static const char *wanted_for(const char *s) {
  const bool digits = s[strspn(s, "0123456789+-.eE")] == '\0';
  return digits && is_nonfinite(s) ? "a number up to 3.4e38" : "a number";
}

/* What stands where a number is missing. */
static bool is_missing(const char *s) {
  static const char *const words[] = {"na", "n/a", "null", "none", "?", "-"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp(s, words[i]) == 0) return true;
  return false;
}

/* ---- the table ---- */

/* A name, rather than a number or what is there for one. */
static bool is_name(const char *s) {
  double number;
  return !read_number(s, &number) && !is_nonfinite(s) && !is_missing(s);
}

/* The first record is one of names when it has a name where the second has a number. */
static bool has_header(const csv *c) {
  double number;
  for (int64_t i = 0; c->count > 1 && i < c->columns; i++)
    if (is_name(field_of(c, &c->records[0], i)) &&
        read_number(field_of(c, &c->records[1], i), &number))
      return true;
  return false;
}

/* Names, and nothing below them. */
static bool is_header_only(const csv *c) {
  int64_t i = 0;
  while (c->count == 1 && i < c->columns && is_name(field_of(c, &c->records[0], i))) i++;
  return i == c->columns;
}

static ae_status check_table(csv *c) {
  size_t longest = 0;
  int64_t count;
  for (int64_t i = 0; i < c->count; i++) {
    const size_t length = c->records[i].end - c->records[i].begin;
    if (length > longest) longest = length;
  }
  if (c->count == 0) return aei_fail(AE_EFORMAT, "%s: empty", c->path);
  if (!(c->field = aei_alloc(longest + 1))) return AE_EMEM;
  AEI_TRY(count_fields(c, &c->records[0], &c->columns));
  for (int64_t i = 1; i < c->count; i++) {
    AEI_TRY(count_fields(c, &c->records[i], &count));
    if (count != c->columns)
      return aei_fail(AE_EFORMAT, "%s: line %lld: %lld fields, the first line has %lld", c->path,
                      (long long)c->records[i].line, (long long)count, (long long)c->columns);
  }
  if (c->columns < 2)
    return aei_fail(AE_EFORMAT, "%s: one column only (another separator than '%c'?)", c->path,
                    c->separator);
  if (is_header_only(c)) return fail_line(c, c->records[0].line, "names, and no row below them");
  c->header = has_header(c);
  return AE_OK;
}

static void close_table(csv *c) {
  aei_free(c->text);
  aei_free(c->records);
  aei_free(c->field);
}

/* out: -1 when no column has the name. Two are refused: the other one would be learnt from. */
static ae_status find_name(int64_t *out, const csv *c, const char *name) {
  *out = -1;
  for (int64_t i = 0; c->header && i < c->columns; i++) {
    if (strcmp(field_of(c, &c->records[0], i), name) != 0) continue;
    if (*out >= 0)
      return aei_fail(AE_EFORMAT,
                      "%s: columns %lld and %lld are both named '%s': the label's number is needed",
                      c->path, (long long)*out + 1, (long long)i + 1, name);
    *out = i;
  }
  return AE_OK;
}

/* Which column holds the classes: see ae.h. */
static ae_status find_label(const csv *c, const char *name, int64_t column, int64_t *out) {
  static const char *const usual[] = {"label", "class", "target"};
  *out = column;
  if (column >= c->columns)
    return aei_fail(AE_EARG, "%s: no column %lld, there are %lld", c->path, (long long)column + 1,
                    (long long)c->columns);
  if (column >= 0) return AE_OK;
  if (name) AEI_TRY(find_name(out, c, name));
  if (name && *out < 0)
    return aei_fail(AE_EARG, "%s: no column named '%s'%s", c->path, name,
                    c->header ? "" : " (no first line with names)");
  for (size_t i = 0; i < sizeof usual / sizeof *usual && *out < 0; i++)
    AEI_TRY(find_name(out, c, usual[i]));
  if (*out < 0) *out = c->columns - 1;
  return AE_OK;
}

/* ---- results ---- */

static ae_status fail_field(const csv *c, const record *r, int64_t column, const char *want) {
  char text[MAX_NUMBER] = "", name[MAX_NUMBER] = "";
  snprintf(text, sizeof text, "%s", field_of(c, r, column));
  if (c->header) snprintf(name, sizeof name, "%s", field_of(c, &c->records[0], column));
  return aei_fail(AE_EFORMAT, "%s: line %lld: column %lld%s%s%s is '%s', want %s", c->path,
                  (long long)r->line, (long long)column + 1, name[0] ? " (" : "", name,
                  name[0] ? ")" : "", text, want);
}

/* x [out] (rows, columns - 1), Float: the numbers of all columns but the label's. */
static ae_status read_features(ae_tensor *x, const csv *c, int64_t label) {
  const record *first = c->records + (c->header ? 1 : 0), *end = c->records + c->count;
  AEI_TRY(ae_resize(x, 2, (int64_t[]){end - first, c->columns - 1}));
  float *to = ae_data(x);
  for (const record *r = first; r < end; r++) {
    size_t at = r->begin;
    bool last = false;
    for (int64_t column = 0; !last; column++) {
      double number;
      AEI_TRY(take_field(c, r, &at, &last));
      if (column == label) continue;
      if (!read_number(c->field, &number)) return fail_field(c, r, column, wanted_for(c->field));
      *to++ = (float)number;
    }
  }
  return AE_OK;
}

/* Texts one behind the other, each ended by 0. */
typedef struct texts {
  aei_text all;
  int64_t count;
} texts;

static ae_status add_text(texts *t, const char *text) {
  t->count++;
  return aei_text_bytes(&t->all, text, strlen(text) + 1);
}

/* Place of the text, which is added when it is new. */
static ae_status find_text(texts *t, const char *text, int64_t *place) {
  const char *at = t->all.data;
  for (*place = 0; *place < t->count; ++*place, at += strlen(at) + 1)
    if (strcmp(at, text) == 0) return AE_OK;
  return add_text(t, text);
}

static ae_status read_labels(ae_tensor *labels, texts *classes, const csv *c, int64_t label) {
  const int64_t skipped = c->header ? 1 : 0, rows = c->count - skipped;
  AEI_TRY(ae_resize(labels, 1, &rows));
  for (int64_t i = 0; i < rows; i++) {
    const record *r = &c->records[i + skipped];
    const char *text = field_of(c, r, label);
    if (text[0] == '\0') return fail_line(c, r->line, "no label");
    if (is_nonfinite(text)) return fail_field(c, r, label, "a class");
    AEI_TRY(find_text(classes, text, (int64_t *)ae_data(labels) + i));
    if (classes->count > MAX_CLASSES)
      return aei_fail(AE_EFORMAT, "%s: column %lld has more than %d different values: no labels",
                      c->path, (long long)label + 1, MAX_CLASSES);
  }
  return AE_OK;
}

static ae_status set_texts(ae_tensor *to, const texts *t) {
  const int64_t n = (int64_t)t->all.used;
  AEI_TRY(ae_resize(to, n > 0 ? 1 : 0, &n));
  if (n > 0) memcpy(ae_data(to), t->all.data, (size_t)n);
  return AE_OK;
}

static ae_status read_results(const ae_csv *to, csv *c, const char *name, int64_t column) {
  texts classes = {0}, names = {0};
  int64_t label;
  AEI_TRY(find_label(c, name, column, &label));
  ae_status status = read_features(to->x, c, label);
  if (status == AE_OK) status = read_labels(to->labels, &classes, c, label);
  for (int64_t i = 0; c->header && i < c->columns && status == AE_OK; i++)
    if (i != label) status = add_text(&names, field_of(c, &c->records[0], i));
  if (status == AE_OK) status = set_texts(to->classes, &classes);
  if (status == AE_OK) status = set_texts(to->names, &names);
  aei_free(classes.all.data);
  aei_free(names.all.data);
  return status;
}

ae_status ae_csv_read(const ae_csv *to, const char *path, char separator, const char *label_name,
                      int64_t label_column) {
  csv c = {.path = path, .separator = separator};
  ae_status status = read_text(&c);
  if (status == AE_OK) status = find_records(&c);
  if (status == AE_OK) status = check_table(&c);
  if (status == AE_OK) status = read_results(to, &c, label_name, label_column);
  close_table(&c);
  return status == AE_EMEM ? aei_prefix(status, "%s", path) : status;
}
