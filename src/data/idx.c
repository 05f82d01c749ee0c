/* idx.c - reads IDX files (LeCun's MNIST format), compressed with gzip or not.
 *
 *   00 00 type ndim | ndim x u32 big-endian sizes | elements, row-major, big-endian
 *
 * A header is believed only as far as the elements behind it arrive: memory grows with what was
 * read. */
#include "data/source.h"

#include <string.h>

typedef struct element_type {
  uint8_t code;
  size_t size; /* bytes in the file */
  ae_type type;
} element_type;

static const element_type types[] = {{0x08, 1, AE_BYTE},  {0x09, 1, AE_CHAR},
                                     {0x0B, 2, AE_SHORT}, {0x0C, 4, AE_INT32},
                                     {0x0D, 4, AE_FLOAT}, {0x0E, 8, AE_DOUBLE}};

enum { MAPPED = 256 << 20 };

/* Whether the elements stay in the file and are mapped. */
static bool is_mapped(const aei_source *s, const element_type *type, int64_t bytes) {
  return !s->packed && type->code == 0x08 && bytes >= MAPPED;
}

/* ---- the header ---- */

static uint64_t big_endian(const uint8_t *b, size_t n) {
  uint64_t bits = 0;
  for (size_t k = 0; k < n; k++) bits = bits << 8 | b[k];
  return bits;
}

static ae_status read_header(aei_source *s, const element_type **type, int *ndim, int64_t *size) {
  uint8_t b[4];
  AEI_TRY(aei_source_read(s, b, 4));
  *type = NULL;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (types[i].code == b[2]) *type = &types[i];
  if (b[0] != 0 || b[1] != 0 || !*type || b[3] == 0 || b[3] > AE_MAXDIM)
    return aei_fail(AE_EFORMAT,
                    "%s: no IDX file: it begins with %02x %02x %02x %02x, not with "
                    "00 00, a type and a number of dimensions",
                    s->path, b[0], b[1], b[2], b[3]);
  *ndim = b[3];
  for (int d = 0; d < *ndim; d++) {
    AEI_TRY(aei_source_read(s, b, 4));
    size[d] = (int64_t)big_endian(b, 4);
  }
  return AE_OK;
}

/* The bytes the elements take in the file; AE_EFORMAT when they exceed the limit, or what the file
 * can hold. */
static ae_status count_bytes(const aei_source *s, const element_type *type, int ndim,
                             const int64_t *size, int64_t max_bytes, int64_t *bytes) {
  int64_t n, capacity = aei_source_capacity(s);
  char text[AEI_SHAPE_CAPACITY];
  if (aei_count(&n, ndim, size) != AE_OK) return aei_prefix(AE_EFORMAT, "%s", s->path);
  *bytes = n * (int64_t)type->size;
  ae_shape_string(text, sizeof text, ndim, size);
  if (max_bytes > 0 && *bytes > max_bytes && !is_mapped(s, type, *bytes))
    return aei_fail(AE_EFORMAT, "%s: announces %s elements, %lld bytes, more than the %lld allowed",
                    s->path, text, (long long)*bytes, (long long)max_bytes);
  if (*bytes > capacity - s->at)
    return aei_fail(AE_EFORMAT,
                    "%s: truncated: announces %s elements, %lld bytes from byte %lld on; the file "
                    "holds %lld %s",
                    s->path, text, (long long)*bytes, (long long)s->at, (long long)capacity,
                    s->packed ? "at most, decompressed" : "in all");
  return AE_OK;
}

/* ---- the elements ---- */

/* From the file's big-endian elements to the tensor's; both buffers hold n. Bytes are read as they
 * are. */
static void decode(const element_type *type, int64_t n, void *out, const uint8_t *in) {
  const size_t width = type->size;
  for (int64_t i = 0; i < n; i++, in += width) {
    const uint64_t bits = big_endian(in, width);
    const uint32_t low = (uint32_t)bits;
    switch (type->code) {
      case 0x09:
        ((int8_t *)out)[i] = (int8_t)bits;
        break;
      case 0x0B:
        ((int16_t *)out)[i] = (int16_t)bits;
        break;
      case 0x0C:
        ((int32_t *)out)[i] = (int32_t)bits;
        break;
      case 0x0D:
        memcpy((float *)out + i, &low, sizeof low);
        break;
      default:
        memcpy((double *)out + i, &bits, sizeof bits);
        break;
    }
  }
}

enum { CHUNK = 1 << 17 }; /* elements read at once */

/* Reads n elements into t (rank 1), which grows by doubling with what arrived. buffer: room for
 * CHUNK of them, or n; bytes need none. */
static ae_status fill(aei_source *s, const element_type *type, int64_t n, ae_tensor *t,
                      uint8_t *buffer) {
  int64_t room = 0;
  for (int64_t done = 0; done < n;) {
    int64_t count = n - done < CHUNK ? n - done : CHUNK;
    if (done + count > room) {
      room = 2 * room > done + count ? 2 * room : done + count;
      if (room > n || room > n - n / 4) room = n;
      AEI_TRY(ae_resize(t, 1, &room));
    }
    char *out = (char *)ae_data(t) + (size_t)done * ae_type_size(type->type);
    AEI_TRY(aei_source_read(s, buffer ? buffer : (uint8_t *)out, count * (int64_t)type->size));
    if (buffer) decode(type, count, out, buffer);
    done += count;
  }
  return AE_OK;
}

static ae_status read_elements(aei_source *s, const element_type *type, int64_t n, ae_tensor *t) {
  if (type->code == 0x08) return fill(s, type, n, t, NULL);
  uint8_t *buffer = aei_alloc((size_t)(n < CHUNK ? n : CHUNK) * type->size);
  ae_status status = buffer ? fill(s, type, n, t, buffer) : AE_EMEM;
  aei_free(buffer);
  return status;
}

/* t (rank 1) = the n bytes of a plain file, as they lie there. */
static ae_status map_elements(aei_source *s, int64_t n, ae_tensor *t) {
  if (aei_source_capacity(s) != s->at + n)
    return aei_fail(AE_EFORMAT, "%s: %lld bytes follow after the elements, which end at byte %lld",
                    s->path, (long long)(aei_source_capacity(s) - s->at - n),
                    (long long)(s->at + n));
  ae_storage *storage = NULL;
  AEI_TRY(aei_storage_map(&storage, AE_BYTE, s->path, fileno(s->file), s->at, n));
  const ae_status status = ae_set_storage(t, storage, 0, 1, &n, NULL);
  ae_storage_release(storage);
  return status;
}

static ae_status read_file(aei_source *s, ae_tensor *t, int64_t max_bytes) {
  const element_type *type;
  int64_t size[AE_MAXDIM], bytes = 0;
  int ndim = 0;
  AEI_TRY(read_header(s, &type, &ndim, size));
  AEI_TRY(count_bytes(s, type, ndim, size, max_bytes, &bytes));
  ae_tensor result = ae_tensor_local(type->type);
  const bool map = is_mapped(s, type, bytes);
  ae_status status = map ? map_elements(s, bytes, &result)
                         : read_elements(s, type, bytes / (int64_t)type->size, &result);
  if (status == AE_OK && !map) status = aei_source_end(s);
  if (status == AE_OK && bytes > 0) status = ae_view(&result, &result, ndim, size);
  if (status == AE_OK && bytes == 0) status = ae_resize(&result, ndim, size);
  if (status == AE_OK) {
    ae_tensor_clear(t);
    t->type = type->type;
    status = ae_set(t, &result);
  }
  ae_tensor_clear(&result);
  return status;
}

ae_status ae_idx_read(ae_tensor *t, const char *path, int64_t max_bytes) {
  aei_source s;
  AEI_TRY(aei_source_open(&s, path));
  ae_status status = read_file(&s, t, max_bytes);
  aei_source_close(&s);
  return status == AE_EMEM ? aei_prefix(status, "%s", path) : status;
}
