/* storage.c - reference-counted element memory. */
#include "core/core.h"

#include <string.h>
#include <sys/mman.h>

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

/* ---- mapped files ---- */

typedef struct mapping {
  const char *begin, *end;
  struct mapping *next;
  char path[];
} mapping;

static mapping *mappings; /* those there are */

const char *ae_mapped_file(const void *address) {
  const char *at = address;
  const mapping *m = mappings;
  while (m && !(m->begin <= at && at < m->end)) m = m->next;
  return m ? m->path : NULL;
}

static ae_status note_mapping(ae_storage *s, const char *path) {
  const size_t length = strlen(path) + 1;
  mapping *m = aei_alloc(sizeof *m + length);
  if (!m) return AE_EMEM;
  *m = (mapping){s->map, (char *)s->map + s->map_bytes, mappings};
  memcpy(m->path, path, length);
  mappings = m;
  return AE_OK;
}

static void forget_mapping(const void *begin) {
  mapping **at = &mappings, *m;
  while (*at && (*at)->begin != begin) at = &(*at)->next;
  m = *at;
  if (m) *at = m->next;
  aei_free(m);
}

static void release_data(ae_storage *s) {
  if (s->map) {
    munmap(s->map, s->map_bytes);
    forget_mapping(s->map);
  } else {
    aei_free(s->data);
  }
  s->map = NULL;
}

void ae_storage_release(ae_storage *s) {
  if (!s || --s->refs > 0) return;
  release_data(s);
  aei_free(s);
}

ae_status aei_storage_map(ae_storage **out, ae_type type, const char *path, int file,
                          int64_t offset, int64_t size) {
  size_t bytes;
  AEI_TRY(byte_count(&bytes, type, size));
  ae_storage *s = aei_alloc(sizeof *s);
  if (!s) return AE_EMEM;
  *s = (ae_storage){.refs = 1, .type = type, .size = size, .map_bytes = bytes + (size_t)offset};
  const int flags = MAP_PRIVATE | MAP_NORESERVE;
  s->map = mmap(NULL, s->map_bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (s->map == MAP_FAILED) {
    aei_free(s);
    return aei_fail(AE_EMEM, "%s: its %zu bytes cannot be mapped", path, bytes + (size_t)offset);
  }
  s->data = (char *)s->map + offset;
  const ae_status status = note_mapping(s, path);
  if (status != AE_OK) return ae_storage_release(s), status;
  *out = s;
  return AE_OK;
}

ae_status ae_storage_resize(ae_storage *s, int64_t size) {
  size_t bytes;
  AEI_TRY(byte_count(&bytes, s->type, size));
  if (size == s->size) return AE_OK;
  if (size < s->size && s->refs > 1)
    return aei_fail(AE_EARG, "a storage of %lld elements that others use cannot shrink to %lld",
                    (long long)s->size, (long long)size);
  void *data = s->map ? aei_alloc(bytes) : aei_realloc(s->data, bytes);
  if (!data) return AE_EMEM;
  if (s->map) {
    memcpy(data, s->data, (size_t)(size < s->size ? size : s->size) * ae_type_size(s->type));
    release_data(s);
  }
  s->data = data;
  s->size = size;
  return AE_OK;
}
