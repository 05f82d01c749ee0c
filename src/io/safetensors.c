/* safetensors.c - reading tensors by name from one file, with metadata: Hugging Face's format.
 *
 *   u64 N | N bytes of JSON, padded with spaces | data
 *
 *   {"__metadata__": {"key": "text"},
 *    "encoder.0.weight": {"dtype": "F32", "shape": [100, 784], "data_offsets": [0, 313600]}, ...}
 *
 * A file is checked in full when it is opened; after that every entry lies inside it. The memory
 * for this is a small multiple of the header: names and texts stay where they are in it. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

typedef struct dtype {
  const char *name;
  size_t size;  /* bytes of an element in the file */
  ae_type type; /* of the tensor it becomes */
} dtype;

static const dtype dtypes[] = {{"F32", 4, AE_FLOAT}, {"F64", 8, AE_DOUBLE}, {"I64", 8, AE_LONG},
                               {"U8", 1, AE_BYTE},   {"I8", 1, AE_CHAR},    {"I16", 2, AE_SHORT},
                               {"I32", 4, AE_INT32}, {"F16", 2, AE_FLOAT},  {"BF16", 2, AE_FLOAT}};
enum { NDTYPES = sizeof dtypes / sizeof *dtypes };

typedef struct entry {
  const char *name;
  const dtype *type;
  int ndim;
  int64_t size[AE_MAXDIM];
  int64_t begin, end; /* bytes of the data part */
} entry;

typedef struct pair {
  const char *key, *text;
} pair;

struct ae_safetensors {
  aei_input file;
  char *path;
  char *header; /* the names and texts are in here */
  int64_t data; /* where the data part begins in the file */
  int nentries, npairs;
  entry *entries;
  pair *pairs;
};

/* ---- the header, piece by piece ---- */

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
    AEI_TRY(aei_json_string(j, &p->key));
    AEI_TRY(aei_json_expect(j, ':'));
    AEI_TRY(aei_json_string(j, &p->text));
    s->npairs++;
  }
}

static ae_status read_dtype(const ae_safetensors *s, aei_json *j, entry *e) {
  const char *name;
  AEI_TRY(aei_json_string(j, &name));
  for (int i = 0; i < NDTYPES; i++)
    if (strcmp(dtypes[i].name, name) == 0) return e->type = &dtypes[i], AE_OK;
  return aei_fail(AE_EFORMAT, "%s: tensor \"%.100s\": dtype \"%.20s\" is not read", s->path,
                  e->name, name);
}

/* A list of at most `most` whole numbers. */
static ae_status read_numbers(const ae_safetensors *s, aei_json *j, const entry *e, int64_t *number,
                              int most, int *count) {
  bool more;
  AEI_TRY(aei_json_expect(j, '['));
  for (*count = 0;; ++*count) {
    AEI_TRY(aei_json_more(j, ']', *count == 0, &more));
    if (!more) return AE_OK;
    if (*count == most)
      return aei_fail(AE_EFORMAT, "%s: tensor \"%.100s\": a list of more than %d numbers", s->path,
                      e->name, most);
    AEI_TRY(aei_json_integer(j, &number[*count]));
  }
}

static ae_status read_offsets(const ae_safetensors *s, aei_json *j, entry *e) {
  int64_t offset[2];
  int count;
  AEI_TRY(read_numbers(s, j, e, offset, 2, &count));
  if (count != 2) return damaged(s, e->name, "data_offsets are not two numbers");
  e->begin = offset[0];
  e->end = offset[1];
  return AE_OK;
}

/* seen [in/out]: a bit for each field read so far. */
static ae_status read_field(const ae_safetensors *s, aei_json *j, entry *e, unsigned *seen) {
  static const char *const fields[] = {"dtype", "shape", "data_offsets"};
  const char *name;
  int which = 0;
  AEI_TRY(aei_json_string(j, &name));
  while (which < 3 && strcmp(fields[which], name) != 0) which++;
  if (which == 3 || *seen & 1u << which)
    return aei_fail(AE_EFORMAT, "%s: tensor \"%.100s\": field \"%.40s\" is %s", s->path, e->name,
                    name, which == 3 ? "unknown" : "repeated");
  *seen |= 1u << which;
  AEI_TRY(aei_json_expect(j, ':'));
  if (which == 0) return read_dtype(s, j, e);
  if (which == 1) return read_numbers(s, j, e, e->size, AE_MAXDIM, &e->ndim);
  return read_offsets(s, j, e);
}

/* Elements of the shape (1 for rank 0, which is one number), and whether they fill the range. */
static ae_status check_size(const ae_safetensors *s, const entry *e) {
  int64_t n = 1, bytes;
  bool fits = true;
  for (int d = 0; d < e->ndim; d++) fits = fits && aei_mul(&n, n, e->size[d]);
  if (!fits || !aei_mul(&bytes, n, (int64_t)e->type->size))
    return damaged(s, e->name, "its shape overflows");
  if (e->begin > e->end || e->end - e->begin != bytes)
    return aei_fail(AE_EFORMAT,
                    "%s: tensor \"%.100s\": data_offsets [%lld,%lld] do not fit its shape: %lld "
                    "elements of %s take %lld bytes",
                    s->path, e->name, (long long)e->begin, (long long)e->end, (long long)n,
                    e->type->name, (long long)bytes);
  return AE_OK;
}

static ae_status read_entry(ae_safetensors *s, aei_json *j, const char *name) {
  bool more;
  unsigned seen = 0;
  AEI_TRY(grow((void **)&s->entries, s->nentries, sizeof *s->entries));
  entry *e = &s->entries[s->nentries++];
  *e = (entry){.name = name};
  AEI_TRY(aei_json_expect(j, '{'));
  for (bool first = true;; first = false) {
    AEI_TRY(aei_json_more(j, '}', first, &more));
    if (!more) break;
    AEI_TRY(read_field(s, j, e, &seen));
  }
  if (seen != 7) return damaged(s, name, "dtype, shape or data_offsets is missing");
  return check_size(s, e);
}

static ae_status read_header(ae_safetensors *s, aei_json *j) {
  bool more, metadata = false;
  const char *name;
  if (j->size == 0 || j->text[0] != '{') return aei_json_fail(j, "'{' expected");
  j->at++;
  for (bool first = true;; first = false) {
    AEI_TRY(aei_json_more(j, '}', first, &more));
    if (!more) break;
    AEI_TRY(aei_json_string(j, &name));
    AEI_TRY(aei_json_expect(j, ':'));
    if (strcmp(name, "__metadata__") != 0) {
      AEI_TRY(read_entry(s, j, name));
      continue;
    }
    if (metadata) return aei_json_fail(j, "__metadata__ twice");
    metadata = true;
    AEI_TRY(read_pairs(s, j));
  }
  while (j->at < j->size && j->text[j->at] == ' ') j->at++;
  return j->at == j->size ? AE_OK : aei_json_fail(j, "more text after the header's end");
}

/* ---- the whole ---- */

static int by_key(const void *a, const void *b) {
  return strcmp(((const pair *)a)->key, ((const pair *)b)->key);
}

/* Sorts the pairs; keys are unique. */
static ae_status check_pairs(const ae_safetensors *s) {
  if (s->npairs > 0) qsort(s->pairs, (size_t)s->npairs, sizeof *s->pairs, by_key);
  for (int i = 1; i < s->npairs; i++)
    if (strcmp(s->pairs[i - 1].key, s->pairs[i].key) == 0)
      return aei_fail(AE_EFORMAT, "%s: metadata \"%.100s\" twice", s->path, s->pairs[i].key);
  return AE_OK;
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(const entry *const *)a)->name, (*(const entry *const *)b)->name);
}

static int by_offset(const void *a, const void *b) {
  const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

static ae_status check_names(const ae_safetensors *s, const entry **sorted) {
  qsort(sorted, (size_t)s->nentries, sizeof *sorted, by_name);
  for (int i = 1; i < s->nentries; i++)
    if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
      return damaged(s, sorted[i]->name, "occurs twice");
  return AE_OK;
}

/* The ranges follow each other from 0 to the data's end. */
static ae_status check_ranges(const ae_safetensors *s, const entry **sorted) {
  int64_t at = 0, data_size = s->file.size - s->data;
  qsort(sorted, (size_t)s->nentries, sizeof *sorted, by_offset);
  for (int i = 0; i < s->nentries; at = sorted[i++]->end)
    if (sorted[i]->begin != at)
      return aei_fail(AE_EFORMAT,
                      "%s: tensor \"%.100s\": its data begin at %lld and the ones before end at "
                      "%lld: a%s",
                      s->path, sorted[i]->name, (long long)sorted[i]->begin, (long long)at,
                      sorted[i]->begin > at ? " hole" : "n overlap");
  if (at != data_size)
    return aei_fail(AE_EFORMAT, "%s: the tensors take %lld bytes and the file has %lld", s->path,
                    (long long)at, (long long)data_size);
  return AE_OK;
}

static ae_status check_layout(const ae_safetensors *s) {
  const entry **sorted = aei_alloc((size_t)s->nentries * sizeof *sorted);
  if (!sorted) return AE_EMEM;
  for (int i = 0; i < s->nentries; i++) sorted[i] = &s->entries[i];
  ae_status status = check_names(s, sorted);
  if (status == AE_OK) status = check_ranges(s, sorted);
  aei_free(sorted);
  return status;
}

/* Length of the header, checked against the file's. */
static ae_status read_length(const ae_safetensors *s, int64_t *length) {
  unsigned char byte[8];
  uint64_t n = 0;
  if (s->file.size < 8)
    return aei_fail(AE_EFORMAT, "%s: no safetensors file: it has %lld bytes", s->path,
                    (long long)s->file.size);
  AEI_TRY(aei_input_read(&s->file, byte, 8, 0));
  for (int k = 7; k >= 0; k--) n = n << 8 | byte[k];
  if (n > AEI_HEADER_LIMIT || n > (uint64_t)s->file.size - 8)
    return aei_fail(AE_EFORMAT, "%s: no safetensors file: a header of %llu bytes in a file of %lld",
                    s->path, (unsigned long long)n, (long long)s->file.size);
  *length = (int64_t)n;
  return AE_OK;
}

static ae_status open_file(ae_safetensors *s) {
  int64_t length = 0;
  AEI_TRY(aei_input_open(&s->file, s->path));
  AEI_TRY(read_length(s, &length));
  s->data = 8 + length;
  s->header = aei_alloc((size_t)length);
  if (!s->header) return AE_EMEM;
  AEI_TRY(aei_input_read(&s->file, s->header, (size_t)length, 8));
  aei_json j = {.text = s->header, .size = (size_t)length, .name = s->path};
  AEI_TRY(read_header(s, &j));
  AEI_TRY(check_pairs(s));
  return check_layout(s);
}

ae_status ae_safetensors_open(ae_safetensors **out, const char *path) {
  ae_safetensors *s = aei_calloc(sizeof *s);
  if (!s) return AE_EMEM;
  s->file.fd = -1;
  s->path = aei_strdup(path);
  ae_status status = s->path ? open_file(s) : AE_EMEM;
  if (status != AE_OK) return ae_safetensors_close(s), status;
  *out = s;
  return AE_OK;
}

void ae_safetensors_close(ae_safetensors *s) {
  if (!s) return;
  aei_input_close(&s->file);
  aei_free(s->entries);
  aei_free(s->pairs);
  aei_free(s->header);
  aei_free(s->path);
  aei_free(s);
}

/* ---- what is inside ---- */

int ae_safetensors_count(const ae_safetensors *s) { return s->nentries; }
const char *ae_safetensors_name(const ae_safetensors *s, int i) { return s->entries[i].name; }
const char *ae_safetensors_dtype(const ae_safetensors *s, int i) {
  return s->entries[i].type->name;
}

int ae_safetensors_shape(const ae_safetensors *s, int i, const int64_t **size) {
  *size = s->entries[i].size;
  return s->entries[i].ndim;
}

int ae_safetensors_find(const ae_safetensors *s, const char *name) {
  for (int i = 0; i < s->nentries; i++)
    if (strcmp(s->entries[i].name, name) == 0) return i;
  return -1;
}

const char *ae_safetensors_metadata(const ae_safetensors *s, int i, const char **text) {
  if (i >= s->npairs) return NULL;
  *text = s->pairs[i].text;
  return s->pairs[i].key;
}

/* ---- elements ---- */

void aei_little_endian(void *data, int64_t n, size_t size) {
  if (AEI_IS_LITTLE_ENDIAN) return;
  for (char *p = data; n > 0; n--, p += size)
    for (size_t k = 0; k < size / 2; k++) {
      char c = p[k];
      p[k] = p[size - 1 - k];
      p[size - 1 - k] = c;
    }
}

static float from_bits(uint32_t bits) {
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

/* IEEE half: 5 bits of exponent, biased by 15; float has 8, biased by 127. */
float aei_from_half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  if (exponent == 0) return (sign ? -0x1p-24f : 0x1p-24f) * (float)fraction;
  if (exponent == 31) return from_bits(sign | 0x7F800000 | fraction << 13);
  return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

/* bfloat16 is the upper half of a float. */
static float from_bfloat(uint16_t h) { return from_bits((uint32_t)h << 16); }

static ae_status read_halves(const ae_safetensors *s, const entry *e, int64_t n, float *out) {
  enum { CHUNK = 4096 };
  uint16_t half[CHUNK];
  float (*widen)(uint16_t) = e->type->name[0] == 'B' ? from_bfloat : aei_from_half;
  for (int64_t done = 0, count; done < n; done += count) {
    count = n - done < CHUNK ? n - done : CHUNK;
    AEI_TRY(aei_input_read(&s->file, half, (size_t)count * 2, s->data + e->begin + done * 2));
    aei_little_endian(half, count, 2);
    for (int64_t i = 0; i < count; i++) out[done + i] = widen(half[i]);
  }
  return AE_OK;
}

static ae_status read_elements(const ae_safetensors *s, const entry *e, ae_tensor *t) {
  int64_t n = ae_nelement(t), bytes = e->end - e->begin;
  if (e->type->type == AE_FLOAT && e->type->size == 2) return read_halves(s, e, n, ae_data(t));
  AEI_TRY(aei_input_read(&s->file, ae_data(t), (size_t)bytes, s->data + e->begin));
  aei_little_endian(ae_data(t), n, e->type->size);
  return AE_OK;
}

ae_status ae_safetensors_read(const ae_safetensors *s, int i, ae_tensor *t) {
  const entry *e = &s->entries[i];
  const int64_t one = 1;
  ae_tensor result = ae_tensor_local(e->type->type);
  ae_status status =
      e->ndim > 0 ? ae_resize(&result, e->ndim, e->size) : ae_resize(&result, 1, &one);
  if (status == AE_OK && e->end > e->begin) status = read_elements(s, e, &result);
  if (status == AE_OK) {
    ae_tensor_clear(t);
    t->type = result.type;
    status = ae_set(t, &result);
  }
  ae_tensor_clear(&result);
  return status == AE_OK ? AE_OK : aei_prefix(status, "tensor \"%.100s\"", e->name);
}
