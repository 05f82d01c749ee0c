/* storage.c - reference-counted element memory. */
#include "core/core.h"

#include <string.h>

static ae_status byte_count(size_t *out, ae_type type, int64_t size) {
  int64_t elements;
  AEI_TRY(aei_count(&elements, 1, &size));
  *out = (size_t)elements * ae_type_size(type);
  return AE_OK;
}

ae_status ae_storage_new(ae_storage **out, ae_type type, int64_t size) {
  size_t bytes;
  AEI_TRY(byte_count(&bytes, type, size));
  ae_storage *s = aei_alloc(sizeof *s);
  if (!s) return AE_EMEM;
  *s = (ae_storage){.refs = 1, .type = type, .size = size, .data = aei_alloc(bytes)};
  if (!s->data) return aei_free(s), AE_EMEM;
  *out = s;
  return AE_OK;
}

ae_storage *ae_storage_retain(ae_storage *s) {
  if (s) s->refs++;
  return s;
}

void ae_storage_release(ae_storage *s) {
  if (!s || --s->refs > 0) return;
  aei_free(s->data);
  aei_free(s);
}

ae_status ae_storage_resize(ae_storage *s, int64_t size) {
  size_t bytes;
  AEI_TRY(byte_count(&bytes, s->type, size));
  if (size == s->size) return AE_OK;
  void *data = aei_realloc(s->data, bytes);
  if (!data) return AE_EMEM;
  s->data = data;
  s->size = size;
  return AE_OK;
}
