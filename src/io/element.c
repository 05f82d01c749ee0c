/* element.c - numbers as files hold them, into elements of the engine's types and back. */
#include <string.h>

#include "io/io.h"

/* ---- kinds ---- */

static const aei_element elements[] = {
    {"f4", 4, AE_FLOAT}, {"f8", 8, AE_DOUBLE}, {"f2", 2, AE_FLOAT}, {"u1", 1, AE_BYTE},
    {"i8", 8, AE_LONG},  {"i4", 4, AE_INT32},  {"i2", 2, AE_SHORT}, {"i1", 1, AE_CHAR},
    {"u4", 4, AE_LONG},  {"u2", 2, AE_LONG}};

const aei_element *aei_element_find(const char *kind) {
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
    if (strcmp(elements[i].kind, kind) == 0) return &elements[i];
  return NULL;
}

/* ---- conversion ---- */

static void swap_bytes(char *p, int64_t n, int size) {
  for (; n > 0; n--, p += size)
    for (int k = 0; k < size / 2; k++) {
      char c = p[k];
      p[k] = p[size - 1 - k];
      p[size - 1 - k] = c;
    }
}

static void widen(const aei_element *e, int64_t n, void *to, const char *from) {
#define WIDEN(kind_, ctype, out, expression)             \
  if (strcmp(e->kind, kind_) == 0) {                     \
    for (int64_t i = 0; i < n; i++) {                    \
      ctype v;                                           \
      memcpy(&v, from + (size_t)i * sizeof v, sizeof v); \
      ((out *)to)[i] = (expression);                     \
    }                                                    \
    return;                                              \
  }
  WIDEN("f2", uint16_t, float, aei_from_half(v))
  WIDEN("u4", uint32_t, int64_t, v)
  WIDEN("u2", uint16_t, int64_t, v)
#undef WIDEN
  memcpy(to, from, (size_t)n * (size_t)e->size);
}

void aei_element_read(const aei_element *e, bool swap, int64_t n, void *to, const void *from) {
  enum { STEP = 512 };
  char block[STEP * sizeof(int64_t)];
  for (int64_t done = 0, count; swap && done < n; done += count) {
    count = n - done < STEP ? n - done : STEP;
    memcpy(block, (const char *)from + done * e->size, (size_t)(count * e->size));
    swap_bytes(block, count, e->size);
    widen(e, count, (char *)to + (size_t)done * ae_type_size(e->type), block);
  }
  if (!swap && n > 0) widen(e, n, to, from);
}

/* ---- storages ---- */

static ae_status check_range(const ae_storage *s, int64_t first, int64_t count) {
  if (first >= 0 && count >= 0 && first <= s->size && count <= s->size - first) return AE_OK;
  return aei_fail(AE_EARG, "%lld elements from %lld on of a storage of %lld", (long long)count,
                  (long long)first + 1, (long long)s->size);
}

ae_status ae_storage_read(ae_storage *s, int64_t first, const void *bytes, size_t n,
                          const char *kind, bool big_endian) {
  const aei_element *e = aei_element_find(kind);
  if (!e) return aei_fail(AE_EARG, "no kind of elements \"%s\"", kind);
  if (e->type != s->type)
    return aei_fail(AE_ETYPE, "\"%s\" elements into a %sStorage", kind, ae_type_name(s->type));
  if (n % (size_t)e->size != 0)
    return aei_fail(AE_EARG, "%zu bytes are no elements of %d", n, e->size);
  const int64_t count = (int64_t)n / e->size;
  AEI_TRY(check_range(s, first, count));
  char *to = (char *)s->data + (size_t)first * ae_type_size(s->type);
  aei_element_read(e, big_endian == AEI_IS_LITTLE_ENDIAN, count, to, bytes);
  return AE_OK;
}

ae_status ae_storage_write(const ae_storage *s, int64_t first, int64_t count, void *bytes,
                           bool big_endian) {
  AEI_TRY(check_range(s, first, count));
  const size_t size = ae_type_size(s->type);
  if (count > 0) memcpy(bytes, (const char *)s->data + (size_t)first * size, (size_t)count * size);
  if (big_endian == AEI_IS_LITTLE_ENDIAN) swap_bytes(bytes, count, (int)size);
  return AE_OK;
}
