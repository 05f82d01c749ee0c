/* safetensors.c - tensors by name in one file, with metadata: Hugging Face's format.
 *
 *   u64 N | N bytes of JSON, padded with spaces | data
 *   JSON: {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2], "data_offsets":
 * [0, 8]}, ...}
 *
 * A file is checked in full when it is opened; after that every entry lies inside it. */
#include "io/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT 100000000

typedef struct dtype {
  const char *name;
  int64_t size; /* bytes of an element in the file */
  ae_type type; /* of the tensor it becomes */
  bool written; /* whether aelua writes it */
} dtype;

static const dtype dtypes[] = {{"F32", 4, AE_FLOAT, true},  {"F64", 8, AE_DOUBLE, true},
                               {"I64", 8, AE_LONG, true},   {"U8", 1, AE_BYTE, true},
                               {"F16", 2, AE_FLOAT, false}, {"BF16", 2, AE_FLOAT, false}};
enum { NDTYPES = sizeof dtypes / sizeof *dtypes };

typedef struct entry {
  char *name;
  const dtype *type;
  int ndim;
  int64_t size[AE_MAXDIM];
  int64_t begin, end; /* bytes of the data part */
} entry;

typedef struct pair {
  char *key, *text;
} pair;

struct ae_safetensors {
  FILE *file;
  char *path;
  int64_t data; /* where the data part begins in the file */
  int nentries, npairs;
  entry *entries;
  pair *pairs;
};

/* ================================================================ reading */

static ae_status damaged(const ae_safetensors *s, const char *name, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: tensor \"%.100s\": %s", s->path, name, what);
}

/* Room for one more item of an array that doubles. */
static ae_status grow(void **list, int n, size_t size) {
  if (n > 0 && (n & (n - 1)) != 0) return AE_OK;
  void *larger = aei_realloc(*list, (size_t)(n > 0 ? 2 * n : 1) * size);
  if (!larger) return AE_EMEM;
  *list = larger;
  return AE_OK;
}

static ae_status read_pairs(ae_safetensors *s, aei_json *j) {
  bool more;
  AEI_TRY(aei_json_expect(j, '{'));
  for (bool first = true;; first = false) {
    AEI_TRY(aei_json_more(j, '}', first, &more));
    if (!more) return AE_OK;
    AEI_TRY(grow((void **)&s->pairs, s->npairs, sizeof *s->pairs));
    pair *p = &s->pairs[s->npairs];
    *p = (pair){NULL, NULL};
    s->npairs++; /* owned from here on, whatever fails */
    AEI_TRY(aei_json_string(j, &p->key));
    AEI_TRY(aei_json_expect(j, ':'));
    AEI_TRY(aei_json_string(j, &p->text));
    for (int i = 0; i < s->npairs - 1; i++)
      if (strcmp(s->pairs[i].key, p->key) == 0)
        return aei_fail(AE_EFORMAT, "%s: metadata \"%.100s\" twice", s->path, p->key);
  }
}

static ae_status read_dtype(const ae_safetensors *s, aei_json *j, entry *e) {
  char *name;
  AEI_TRY(aei_json_string(j, &name));
  e->type = NULL;
  for (int i = 0; i < NDTYPES; i++)
    if (strcmp(dtypes[i].name, name) == 0) e->type = &dtypes[i];
  ae_status status = AE_OK;
  if (!e->type)
    status = aei_fail(AE_EFORMAT, "%s: tensor \"%.100s\": dtype \"%.20s\" is not read", s->path,
                      e->name, name);
  aei_free(name);
  return status;
}

/* A list of at most `most` whole numbers. */
static ae_status read_numbers(const ae_safetensors *s, aei_json *j, const entry *e, int64_t *number,
                              int most, int *count) {
  bool more;
  AEI_TRY(aei_json_expect(j, '['));
  for (*count = 0;; ++*count) {
    AEI_TRY(aei_json_more(j, ']', *count == 0, &more));
    if (!more) return AE_OK;
    if (*count == most) return damaged(s, e->name, "too many numbers in a list");
    AEI_TRY(aei_json_integer(j, &number[*count]));
  }
}

static ae_status read_field(const ae_safetensors *s, aei_json *j, entry *e, unsigned *seen) {
  static const char *const fields[] = {"dtype", "shape", "data_offsets"};
  char *name;
  int which = 0, count;
  AEI_TRY(aei_json_string(j, &name));
  while (which < 3 && strcmp(fields[which], name) != 0) which++;
  aei_free(name);
  if (which == 3 || *seen & 1u << which) return damaged(s, e->name, "an unknown or repeated field");
  *seen |= 1u << which;
  AEI_TRY(aei_json_expect(j, ':'));
  if (which == 0) return read_dtype(s, j, e);
  if (which == 1) return read_numbers(s, j, e, e->size, AE_MAXDIM, &e->ndim);
  int64_t offsets[2];
  AEI_TRY(read_numbers(s, j, e, offsets, 2, &count));
  if (count != 2) return damaged(s, e->name, "data_offsets are not two numbers");
  e->begin = offsets[0];
  e->end = offsets[1];
  return AE_OK;
}

/* Elements of a shape: 1 for rank 0, which is one number. */
static ae_status count_elements(const ae_safetensors *s, const entry *e, int64_t *n) {
  *n = 1;
  for (int d = 0; d < e->ndim; d++)
    if (!aei_mul(n, *n, e->size[d])) return damaged(s, e->name, "its shape overflows");
  return AE_OK;
}

static ae_status read_entry(ae_safetensors *s, aei_json *j, char *name) {
  ae_status status = grow((void **)&s->entries, s->nentries, sizeof *s->entries);
  if (status != AE_OK) return aei_free(name), status;
  entry *e = &s->entries[s->nentries++];
  *e = (entry){.name = name};
  bool more;
  unsigned seen = 0;
  AEI_TRY(aei_json_expect(j, '{'));
  for (bool first = true;; first = false) {
    AEI_TRY(aei_json_more(j, '}', first, &more));
    if (!more) break;
    AEI_TRY(read_field(s, j, e, &seen));
  }
  if (seen != 7) return damaged(s, name, "dtype, shape or data_offsets is missing");
  int64_t n, bytes;
  AEI_TRY(count_elements(s, e, &n));
  if (!aei_mul(&bytes, n, e->type->size) || e->begin > e->end || e->end - e->begin != bytes)
    return damaged(s, name, "its data_offsets do not fit its shape");
  return AE_OK;
}

static ae_status read_header(ae_safetensors *s, aei_json *j) {
  bool more, metadata = false;
  if (aei_json_peek(j) != '{' || j->at != 0) return aei_json_fail(j, "'{' expected");
  j->at++;
  for (bool first = true;; first = false) {
    char *name;
    AEI_TRY(aei_json_more(j, '}', first, &more));
    if (!more) break;
    AEI_TRY(aei_json_string(j, &name));
    ae_status status = aei_json_expect(j, ':');
    bool is_metadata = strcmp(name, "__metadata__") == 0;
    if (status == AE_OK && is_metadata && metadata) status = aei_json_fail(j, "__metadata__ twice");
    if (status == AE_OK && !is_metadata) {
      AEI_TRY(read_entry(s, j, name)); /* takes the name */
      continue;
    }
    aei_free(name);
    AEI_TRY(status);
    metadata = true;
    AEI_TRY(read_pairs(s, j));
  }
  while (j->at < j->size && j->text[j->at] == ' ') j->at++;
  return j->at == j->size ? AE_OK : aei_json_fail(j, "more text after the header's end");
}

static int by_offset(const void *a, const void *b) {
  const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(const entry *const *)a)->name, (*(const entry *const *)b)->name);
}

/* The ranges follow each other from 0 to the data's end without holes or overlaps; names are
 * unique. */
static ae_status check_layout(const ae_safetensors *s, int64_t data_size) {
  const entry **sorted = aei_alloc((size_t)s->nentries * sizeof *sorted + 1);
  if (!sorted) return AE_EMEM;
  for (int i = 0; i < s->nentries; i++) sorted[i] = &s->entries[i];
  qsort(sorted, (size_t)s->nentries, sizeof *sorted, by_name);
  ae_status status = AE_OK;
  for (int i = 1; i < s->nentries && status == AE_OK; i++)
    if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
      status = damaged(s, sorted[i]->name, "occurs twice");
  qsort(sorted, (size_t)s->nentries, sizeof *sorted, by_offset);
  int64_t at = 0;
  for (int i = 0; i < s->nentries && status == AE_OK; i++) {
    if (sorted[i]->begin != at)
      status = damaged(s, sorted[i]->name, "its data leave a hole or overlap");
    at = sorted[i]->end;
  }
  if (status == AE_OK && at != data_size)
    status = aei_fail(AE_EFORMAT, "%s: the tensors take %lld bytes and the file has %lld", s->path,
                      (long long)at, (long long)data_size);
  aei_free(sorted);
  return status;
}

static ae_status read_text(ae_safetensors *s, int64_t size, char **text) {
  *text = aei_alloc((size_t)size);
  if (!*text) return AE_EMEM;
  if (fread(*text, 1, (size_t)size, s->file) == (size_t)size) return AE_OK;
  return aei_fail(AE_EIO, "%s: the header cannot be read", s->path);
}

static ae_status open_file(ae_safetensors *s) {
  unsigned char b[8];
  s->file = fopen(s->path, "rb");
  if (!s->file || fseeko(s->file, 0, SEEK_END) != 0)
    return aei_fail(AE_EIO, "%s: %s", s->path, strerror(errno));
  int64_t size = ftello(s->file), header = 0;
  rewind(s->file);
  if (size < 8 || fread(b, 1, 8, s->file) != 8)
    return aei_fail(AE_EFORMAT, "%s: no safetensors file: it has %lld bytes", s->path,
                    (long long)size);
  if (b[7] > 0x7F)
    return aei_fail(AE_EFORMAT, "%s: no safetensors file: a header of 2^63 bytes", s->path);
  for (int k = 7; k >= 0; k--) header = header << 8 | b[k];
  if (header > HEADER_LIMIT || header > size - 8)
    return aei_fail(AE_EFORMAT, "%s: no safetensors file: a header of %lld bytes in a file of %lld",
                    s->path, (long long)header, (long long)size);
  s->data = 8 + header;
  char *text = NULL;
  ae_status status = read_text(s, header, &text);
  aei_json j = {.text = text, .size = (size_t)header, .name = s->path};
  if (status == AE_OK) status = read_header(s, &j);
  aei_free(text);
  return status == AE_OK ? check_layout(s, size - s->data) : status;
}

ae_status ae_safetensors_open(ae_safetensors **out, const char *path) {
  ae_safetensors *s = aei_calloc(sizeof *s);
  if (!s) return AE_EMEM;
  s->path = aei_strdup(path);
  ae_status status = s->path ? open_file(s) : AE_EMEM;
  if (status != AE_OK) return ae_safetensors_close(s), status;
  *out = s;
  return AE_OK;
}

void ae_safetensors_close(ae_safetensors *s) {
  if (!s) return;
  for (int i = 0; i < s->nentries; i++) aei_free(s->entries[i].name);
  for (int i = 0; i < s->npairs; i++) {
    aei_free(s->pairs[i].key);
    aei_free(s->pairs[i].text);
  }
  aei_free(s->entries);
  aei_free(s->pairs);
  if (s->file) fclose(s->file);
  aei_free(s->path);
  aei_free(s);
}

int ae_safetensors_count(const ae_safetensors *s) { return s->nentries; }
const char *ae_safetensors_name(const ae_safetensors *s, int i) { return s->entries[i].name; }

const char *ae_safetensors_metadata(const ae_safetensors *s, int i, const char **text) {
  if (i >= s->npairs) return NULL;
  *text = s->pairs[i].text;
  return s->pairs[i].key;
}

/* ---- elements ---- */

/* IEEE half (5 exponent bits) and bfloat16 (8) as float. */
static float from_half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  uint32_t bits = sign | (exponent + 112) << 23 | fraction << 13;
  float v;
  if (exponent == 31) bits = sign | 0x7F800000 | fraction << 13;
  if (exponent == 0) return (sign ? -1.0f : 1.0f) * (float)fraction * 0x1p-24f;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static float from_bfloat(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static bool little_endian(void) {
  const uint16_t one = 1;
  return *(const uint8_t *)&one == 1;
}

static void swap_bytes(char *data, int64_t n, int64_t size) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t k = 0; k < size / 2; k++) {
      char *a = data + i * size + k, *b = data + i * size + size - 1 - k, c = *a;
      *a = *b;
      *b = c;
    }
}

/* In place: n two-byte numbers at the end of the room for n floats. */
static void widen(const dtype *type, int64_t n, float *out, const uint16_t *in) {
  for (int64_t i = 0; i < n; i++)
    out[i] = type->name[0] == 'B' ? from_bfloat(in[i]) : from_half(in[i]);
}

ae_status ae_safetensors_read(ae_safetensors *s, int i, ae_tensor *t) {
  const entry *e = &s->entries[i];
  int64_t n, one = 1, bytes = e->end - e->begin;
  AEI_TRY(count_elements(s, e, &n));
  ae_tensor result = ae_tensor_local(e->type->type);
  ae_status status =
      e->ndim > 0 ? ae_resize(&result, e->ndim, e->size) : ae_resize(&result, 1, &one);
  if (status == AE_OK && n > 0) {
    char *room = ae_data(&result);
    char *end = room + (size_t)n * ae_type_size(result.type) - (size_t)bytes;
    if (fseeko(s->file, s->data + e->begin, SEEK_SET) != 0 ||
        fread(end, 1, (size_t)bytes, s->file) != (size_t)bytes)
      status = aei_fail(AE_EIO, "%s: tensor \"%.100s\" cannot be read", s->path, e->name);
    if (!little_endian()) swap_bytes(end, n, e->type->size);
    if (status == AE_OK && !e->type->written)
      widen(e->type, n, (float *)(void *)room, (const uint16_t *)(const void *)end);
  }
  if (status == AE_OK) {
    ae_tensor_clear(t);
    t->type = result.type;
    status = ae_set(t, &result);
  }
  ae_tensor_clear(&result);
  return status;
}

/* ================================================================ writing */

typedef struct text {
  char *data;
  size_t used, capacity;
} text;

static ae_status append(text *t, const char *bytes, size_t n) {
  if (t->used + n + 1 > t->capacity) {
    size_t capacity = 2 * (t->used + n) + 256;
    char *data = aei_realloc(t->data, capacity);
    if (!data) return AE_EMEM;
    t->data = data;
    t->capacity = capacity;
  }
  memcpy(t->data + t->used, bytes, n);
  t->used += n;
  t->data[t->used] = '\0';
  return AE_OK;
}

static ae_status append_string(text *t, const char *s) {
  AEI_TRY(append(t, "\"", 1));
  for (; *s; s++) {
    char escaped[8];
    unsigned char c = (unsigned char)*s;
    int n = c == '"' || c == '\\' ? snprintf(escaped, sizeof escaped, "\\%c", c)
            : c < 0x20            ? snprintf(escaped, sizeof escaped, "\\u%04x", c)
                                  : snprintf(escaped, sizeof escaped, "%c", c);
    AEI_TRY(append(t, escaped, (size_t)n));
  }
  return append(t, "\"", 1);
}

static ae_status append_format(text *t, const char *format, long long a, long long b) {
  char piece[96];
  int n = snprintf(piece, sizeof piece, format, a, b);
  return append(t, piece, (size_t)n);
}

static const dtype *dtype_of(ae_type type) {
  for (int i = 0; i < NDTYPES; i++)
    if (dtypes[i].written && dtypes[i].type == type) return &dtypes[i];
  return NULL;
}

static ae_status append_entry(text *t, const ae_named_tensor *e, int64_t *offset) {
  const dtype *type = dtype_of(e->tensor->type);
  if (!type)
    return aei_fail(AE_ETYPE, "\"%.100s\": a %sTensor cannot be written", e->name,
                    ae_type_name(e->tensor->type));
  AEI_TRY(append_string(t, e->name));
  AEI_TRY(append(t, ":{\"dtype\":", 10));
  AEI_TRY(append_string(t, type->name));
  AEI_TRY(append(t, ",\"shape\":[", 10));
  if (e->tensor->ndim == 0) AEI_TRY(append(t, "0", 1)); /* Torch's empty tensor has no elements */
  for (int d = 0; d < e->tensor->ndim; d++)
    AEI_TRY(append_format(t, d > 0 ? ",%lld" : "%lld", (long long)e->tensor->size[d], 0));
  int64_t begin = *offset;
  *offset += ae_nelement(e->tensor) * type->size;
  return append_format(t, "],\"data_offsets\":[%lld,%lld]}", (long long)begin, (long long)*offset);
}

static ae_status build_header(text *t, int n, const ae_named_tensor *entries, int npairs,
                              const char *const *pairs) {
  int64_t offset = 0;
  AEI_TRY(append(t, "{", 1));
  if (npairs > 0) AEI_TRY(append(t, "\"__metadata__\":{", 16));
  for (int i = 0; i < npairs; i++) {
    if (i > 0) AEI_TRY(append(t, ",", 1));
    AEI_TRY(append_string(t, pairs[2 * i]));
    AEI_TRY(append(t, ":", 1));
    AEI_TRY(append_string(t, pairs[2 * i + 1]));
  }
  if (npairs > 0) AEI_TRY(append(t, n > 0 ? "}," : "}", n > 0 ? 2 : 1));
  for (int i = 0; i < n; i++) {
    if (i > 0) AEI_TRY(append(t, ",", 1));
    AEI_TRY(append_entry(t, &entries[i], &offset));
  }
  AEI_TRY(append(t, "}", 1));
  while (t->used % 8 != 0) AEI_TRY(append(t, " ", 1)); /* the data begin at a multiple of 8 */
  return AE_OK;
}

static ae_status write_elements(aei_output *o, const ae_tensor *t) {
  if (ae_nelement(t) == 0) return AE_OK;
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c = t;
  ae_status status = little_endian() ? aei_contiguous(&c, t, &copy) : ae_convert(&copy, t);
  if (!little_endian()) {
    c = &copy;
    swap_bytes(ae_data(c), ae_nelement(c), (int64_t)ae_type_size(c->type));
  }
  if (status == AE_OK)
    status = aei_output_write(o, ae_data(c), (size_t)ae_nelement(c) * ae_type_size(c->type));
  ae_tensor_clear(&copy);
  return status;
}

ae_status ae_safetensors_write(const char *path, int n, const ae_named_tensor *entries, int npairs,
                               const char *const *pairs) {
  text header = {0};
  aei_output o;
  ae_status status = build_header(&header, n, entries, npairs, pairs);
  if (status == AE_OK) status = aei_output_begin(&o, path);
  if (status == AE_OK) {
    uint8_t length[8];
    for (int k = 0; k < 8; k++) length[k] = (uint8_t)((uint64_t)header.used >> 8 * k);
    status = aei_output_write(&o, length, 8);
    if (status == AE_OK) status = aei_output_write(&o, header.data, header.used);
    for (int i = 0; i < n && status == AE_OK; i++) status = write_elements(&o, entries[i].tensor);
    status = aei_output_end(&o, status);
  }
  aei_free(header.data);
  return status;
}
