/* npy.c - NumPy's arrays: an .npy file, or the same bytes inside an .npz.
 *
 *     93 'N' 'U' 'M' 'P' 'Y' | major | minor | header length: u16, from major 2 on u32 | header |
 * data
 *
 * The header is a Python dict literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
 * Nothing is evaluated: this reads exactly these three keys, in any order. */
#include "io/npy.h"

#include <string.h>

enum { HEADER_LIMIT = 1 << 16, CHUNK = 4096 };

/* ---- bytes ---- */

ae_status aei_bytes_read(const aei_bytes *b, void *data, size_t n, int64_t at) {
  if (n > (uint64_t)(b->size - at))
    return aei_fail(AE_EFORMAT, "%s: ends after %lld bytes, where %zu more were", b->name,
                    (long long)b->size, n - (size_t)(b->size - at));
  if (b->file) return aei_input_read(b->file, data, n, b->begin + at);
  if (n > 0) memcpy(data, b->memory + at, n);
  return AE_OK;
}

/* ---- elements ---- */

typedef struct layout {
  const aei_element *element;
  bool swap; /* the other byte order than the machine's */
  bool fortran;
  int ndim;
  int64_t size[AE_MAXDIM];
  int64_t data; /* where the elements begin */
  bool has_descr, has_order, has_shape;
} layout;

static ae_status read_elements(const layout *h, const aei_bytes *b, int64_t n, char *to) {
  _Alignas(AEI_ALIGN) char raw[CHUNK * sizeof(int64_t)];
  const int size = h->element->size;
  for (int64_t done = 0, count; done < n; done += count) {
    count = n - done < CHUNK ? n - done : CHUNK;
    AEI_TRY(aei_bytes_read(b, raw, (size_t)(count * size), h->data + done * size));
    aei_element_read(h->element, h->swap, count, to, raw);
    to += (size_t)count * ae_type_size(h->element->type);
  }
  return AE_OK;
}

/* ---- the header ---- */

typedef struct cursor {
  const char *at, *end;
  const char *name;
} cursor;

static ae_status bad(const cursor *c, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: the array's header: %s", c->name, what);
}

static char peek(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) c->at++;
  if (c->at == c->end) return '\0';
  return *c->at;
}

static ae_status expect(cursor *c, char wanted) {
  if (peek(c) != wanted) return bad(c, "no Python dict as NumPy writes it");
  c->at++;
  return AE_OK;
}

/* A quoted string without escapes, of less than `capacity` characters. */
static ae_status take_string(cursor *c, char *out, size_t capacity) {
  const char quote = peek(c);
  if (quote != '\'' && quote != '"') return bad(c, "a string expected");
  const char *close = memchr(c->at + 1, quote, (size_t)(c->end - c->at) - 1);
  if (!close || (size_t)(close - c->at) > capacity) return bad(c, "a string without an end");
  const size_t n = (size_t)(close - c->at) - 1;
  memcpy(out, c->at + 1, n);
  out[n] = '\0';
  c->at = close + 1;
  return AE_OK;
}

static bool take_word(cursor *c, const char *word) {
  const size_t n = strlen(word);
  peek(c);
  if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0) return false;
  c->at += n;
  return true;
}

static ae_status take_size(cursor *c, int64_t *out) {
  int64_t value = 0;
  if (peek(c) < '0' || *c->at > '9') return bad(c, "a size that is no number");
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
    if (!aei_mul(&value, value, 10) || value > INT64_MAX - (*c->at - '0'))
      return bad(c, "a size that is too large");
    else
      value += *c->at - '0';
  if (c->at < c->end && *c->at == 'L') c->at++; /* Python 2's long */
  *out = value;
  return AE_OK;
}

/* (), (3,), (3, 4), (3, 4,) */
static ae_status take_shape(cursor *c, layout *h) {
  h->ndim = 0;
  AEI_TRY(expect(c, '('));
  while (peek(c) != ')') {
    if (h->ndim == AE_MAXDIM) return bad(c, "more than 8 dimensions");
    AEI_TRY(take_size(c, &h->size[h->ndim++]));
    if (peek(c) != ')' || h->ndim == 1) AEI_TRY(expect(c, ','));
  }
  return expect(c, ')');
}

/* '<f4': byte order, kind, bytes */
static ae_status take_descr(cursor *c, layout *h) {
  char text[32];
  if (peek(c) == '[') return bad(c, "a structured array");
  AEI_TRY(take_string(c, text, sizeof text));
  const aei_element *e =
      text[0] ? aei_element_find(strcmp(text + 1, "b1") == 0 ? "u1" : text + 1) : NULL;
  if (e && strchr(e->size == 1 ? "|<>=" : "<>=", text[0])) {
    h->element = e;
    h->swap = text[0] == (AEI_IS_LITTLE_ENDIAN ? '>' : '<');
    return AE_OK;
  }
  return aei_fail(AE_EFORMAT, "%s: elements of type '%s' (known: f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 b1)",
                  c->name, text);
}

static ae_status take_order(cursor *c, layout *h) {
  h->fortran = take_word(c, "True");
  return h->fortran || take_word(c, "False") ? AE_OK : bad(c, "fortran_order is no boolean");
}

static ae_status take_entry(cursor *c, layout *h) {
  const struct {
    const char *key;
    bool *seen;
    ae_status (*take)(cursor *, layout *);
  } keys[] = {{"descr", &h->has_descr, take_descr},
              {"fortran_order", &h->has_order, take_order},
              {"shape", &h->has_shape, take_shape}};
  char key[32];
  AEI_TRY(take_string(c, key, sizeof key));
  AEI_TRY(expect(c, ':'));
  for (int i = 0; i < 3; i++) {
    if (strcmp(key, keys[i].key) != 0) continue;
    if (*keys[i].seen) return bad(c, "a key twice");
    *keys[i].seen = true;
    return keys[i].take(c, h);
  }
  return bad(c, "an unknown key");
}

static ae_status take_header(cursor *c, layout *h) {
  AEI_TRY(expect(c, '{'));
  while (peek(c) != '}') {
    AEI_TRY(take_entry(c, h));
    if (peek(c) != '}') AEI_TRY(expect(c, ','));
  }
  c->at++;
  if (peek(c) != '\0' || c->at != c->end) return bad(c, "something after the dict");
  return h->has_descr && h->has_order && h->has_shape ? AE_OK : bad(c, "a key is missing");
}

static ae_status read_header(layout *h, const aei_bytes *b) {
  uint8_t start[12] = {0};
  char text[HEADER_LIMIT];
  if (b->size < 12 || aei_bytes_read(b, start, 12, 0) != AE_OK ||
      memcmp(start, "\x93NUMPY", 6) != 0)
    return aei_fail(AE_EFORMAT, "%s: no NumPy array (magic \\x93NUMPY)", b->name);
  if (start[6] < 1 || start[6] > 3)
    return aei_fail(AE_EFORMAT, "%s: NumPy's format version %d, want 1 to 3", b->name, start[6]);
  int64_t length = start[8] | start[9] << 8;
  if (start[6] > 1) length |= (int64_t)start[10] << 16 | (int64_t)start[11] << 24;
  h->data = (start[6] > 1 ? 12 : 10) + length;
  if (length > HEADER_LIMIT || h->data > b->size)
    return aei_fail(AE_EFORMAT, "%s: an array header of %lld bytes in %lld", b->name,
                    (long long)length, (long long)b->size);
  AEI_TRY(aei_bytes_read(b, text, (size_t)length, h->data - length));
  cursor c = {text, text + length, b->name};
  return take_header(&c, h);
}

/* ---- reading ---- */

/* Fails unless the sizes make exactly the bytes that are there. */
static ae_status check_size(const layout *h, const aei_bytes *b) {
  int64_t n = 0, bytes = 0;
  const int64_t there = b->size - h->data;
  ae_status status = aei_count(&n, h->ndim, h->size);
  if (status != AE_OK) return aei_prefix(AE_EFORMAT, "%s", b->name);
  if (h->ndim == 0) n = 1;
  if (aei_mul(&bytes, n, h->element->size) && bytes == there) return AE_OK;
  return aei_fail(AE_EFORMAT, "%s: %lld elements of %d bytes are announced and %lld bytes follow",
                  b->name, (long long)n, h->element->size, (long long)there);
}

/* The elements in the order of the file: Fortran's has the first dimension innermost. */
static ae_status read_array(ae_tensor *x, const layout *h, const aei_bytes *b) {
  int64_t size[AE_MAXDIM] = {1};
  const int n = h->ndim > 0 ? h->ndim : 1;
  for (int d = 0; d < h->ndim; d++) size[d] = h->size[h->fortran ? n - 1 - d : d];
  AEI_TRY(ae_resize(x, n, size));
  if (ae_nelement(x) > 0) AEI_TRY(read_elements(h, b, ae_nelement(x), ae_data(x)));
  for (int d = 0; h->fortran && d < n / 2; d++) AEI_TRY(ae_transpose(x, x, d, n - 1 - d));
  return AE_OK;
}

ae_status aei_npy_read(ae_tensor *t, const aei_bytes *b) {
  layout h = {0};
  AEI_TRY(read_header(&h, b));
  AEI_TRY(check_size(&h, b));
  ae_tensor x = ae_tensor_local(h.element->type);
  ae_status status = read_array(&x, &h, b);
  if (status == AE_OK) {
    ae_tensor_clear(t);
    t->type = x.type;
    status = ae_is_contiguous(&x) ? ae_set(t, &x) : ae_convert(t, &x);
  }
  ae_tensor_clear(&x);
  return status;
}

ae_status ae_npy_read(ae_tensor *t, const char *path) {
  aei_input file;
  AEI_TRY(aei_input_open(&file, path));
  ae_status status = aei_npy_read(t, &(aei_bytes){path, &file, NULL, 0, file.size});
  aei_input_close(&file);
  return status;
}

/* ---- writing ---- */

ae_status aei_npy_header(aei_text *out, const ae_tensor *t) {
  static const char *const descr[AE_NTYPES] = {
      [AE_FLOAT] = "f4", [AE_DOUBLE] = "f8", [AE_LONG] = "i8", [AE_BYTE] = "u1",
      [AE_CHAR] = "i1",  [AE_SHORT] = "i2",  [AE_INT32] = "i4"};
  const char order = ae_type_size(t->type) == 1 ? '|' : AEI_IS_LITTLE_ENDIAN ? '<' : '>';
  AEI_TRY(aei_text_bytes(out, "\x93NUMPY\x01\x00\x00\x00", 10)); /* the length follows below */
  AEI_TRY(aei_text_format(out, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order,
                          descr[t->type]));
  if (t->ndim == 0) AEI_TRY(aei_text_bytes(out, "0,", 2)); /* no elements, as in Torch */
  for (int d = 0; d < t->ndim; d++)
    AEI_TRY(aei_text_format(out, d == 0 ? "%lld" : ", %lld", (long long)t->size[d]));
  AEI_TRY(aei_text_format(out, t->ndim == 1 ? ",), }" : "), }"));
  while ((out->used + 1) % 64 != 0) AEI_TRY(aei_text_bytes(out, " ", 1));
  AEI_TRY(aei_text_bytes(out, "\n", 1));
  out->data[8] = (char)((out->used - 10) & 255);
  out->data[9] = (char)((out->used - 10) >> 8);
  return AE_OK;
}

ae_status aei_npy_write(aei_output *o, const aei_text *header, const ae_tensor *t) {
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c = t;
  ae_status status = aei_contiguous(&c, t, &copy);
  if (status == AE_OK) status = aei_output_write(o, header->data, header->used);
  const size_t bytes = (size_t)ae_nelement(t) * ae_type_size(t->type);
  if (status == AE_OK) status = aei_output_write(o, ae_data(c), bytes);
  ae_tensor_clear(&copy);
  return status;
}

ae_status ae_npy_write(const char *path, const ae_tensor *t) {
  aei_text header = {0};
  aei_output o;
  ae_status status = aei_npy_header(&header, t);
  if (status == AE_OK) status = aei_output_begin(&o, path);
  if (status == AE_OK) status = aei_output_end(&o, aei_npy_write(&o, &header, t));
  aei_free(header.data);
  return status;
}
