/* npz_write.c - several NumPy arrays into one file: a ZIP archive of stored NAME.npy members, each
 * a local header, the name and the array, then the directory of all and its end record. */
#include <string.h>
#include <zlib.h>

#include "io/npy.h"

enum { LOCAL = 30, CENTRAL = 46, END = 22, MAXMEMBERS = 65534, UTF8 = 0x800, DAY = 0x21 };

typedef struct item {
  const ae_named_tensor *entry;
  aei_text header; /* of the array */
  uint32_t crc;
  int64_t bytes, begin; /* of the array with its header; where the local header is */
} item;

static void put16(uint8_t *p, int64_t v) {
  p[0] = (uint8_t)v;
  p[1] = (uint8_t)(v >> 8);
}
static void put32(uint8_t *p, int64_t v) {
  put16(p, v);
  put16(p + 2, v >> 16);
}

static ae_status check(int n, const ae_named_tensor *entries) {
  if (n > MAXMEMBERS) return aei_fail(AE_EARG, "%d arrays, at most %d fit", n, MAXMEMBERS);
  for (int i = 0; i < n; i++) {
    const char *name = entries[i].name;
    if (!*name || strlen(name) > 1000 || !aei_is_utf8(name))
      return aei_fail(AE_EARG, "the name \"%.100s\" is empty, too long or no UTF-8", name);
    for (int k = 0; k < i; k++)
      if (strcmp(name, entries[k].name) == 0)
        return aei_fail(AE_EARG, "two arrays are named \"%.100s\"", name);
  }
  return AE_OK;
}

/* What comes before the array's elements, and the checksum of all. *at: where the member begins;
 * advanced to the next. */
static ae_status prepare(item *m, const ae_named_tensor *entry, int64_t *at) {
  const ae_tensor *t = entry->tensor;
  ae_tensor copy = ae_tensor_local(t->type);
  const ae_tensor *c = t;
  const size_t bytes = (size_t)ae_nelement(t) * ae_type_size(t->type);
  m->entry = entry;
  m->begin = *at;
  AEI_TRY(aei_npy_header(&m->header, t));
  m->bytes = (int64_t)(m->header.used + bytes);
  *at += LOCAL + (int64_t)strlen(entry->name) + 4 + m->bytes;
  if (*at >= UINT32_MAX)
    return aei_fail(AE_EARG,
                    "more than 4 GiB do not fit into an .npz; write .npy files, or "
                    "safetensors");
  AEI_TRY(aei_contiguous(&c, t, &copy));
  m->crc = (uint32_t)crc32_z(0, (const Bytef *)m->header.data, m->header.used);
  if (bytes > 0) m->crc = (uint32_t)crc32_z(m->crc, ae_data(c), bytes);
  ae_tensor_clear(&copy);
  return AE_OK;
}

/* The fields that a local header and an entry of the directory share. */
static void put_common(uint8_t *p, const item *m) {
  put16(p, 20); /* needs version 2.0 */
  put16(p + 2, UTF8);
  put16(p + 8, DAY); /* 1 January 1980: the same arrays give the same bytes */
  put32(p + 10, m->crc);
  put32(p + 14, m->bytes);
  put32(p + 18, m->bytes);
  put16(p + 22, (int64_t)strlen(m->entry->name) + 4);
}

static ae_status write_name(aei_output *o, const item *m) {
  AEI_TRY(aei_output_write(o, m->entry->name, strlen(m->entry->name)));
  return aei_output_write(o, ".npy", 4);
}

static ae_status write_member(aei_output *o, const item *m) {
  uint8_t local[LOCAL] = "PK\3\4";
  put_common(local + 4, m);
  AEI_TRY(aei_output_write(o, local, sizeof local));
  AEI_TRY(write_name(o, m));
  return aei_npy_write(o, &m->header, m->entry->tensor);
}

static ae_status write_entry(aei_output *o, const item *m) {
  uint8_t central[CENTRAL] = "PK\1\2";
  put16(central + 4, 20);
  put_common(central + 6, m);
  put32(central + 42, m->begin);
  AEI_TRY(aei_output_write(o, central, sizeof central));
  return write_name(o, m);
}

static ae_status write_end(aei_output *o, int n, const item *items, int64_t at) {
  uint8_t end[END] = "PK\5\6";
  int64_t size = 0;
  for (int i = 0; i < n; i++) size += CENTRAL + (int64_t)strlen(items[i].entry->name) + 4;
  put16(end + 8, n);
  put16(end + 10, n);
  put32(end + 12, size);
  put32(end + 16, at);
  return aei_output_write(o, end, sizeof end);
}

static ae_status write_archive(const char *path, int n, const item *items, int64_t at) {
  aei_output o;
  AEI_TRY(aei_output_begin(&o, path));
  ae_status status = AE_OK;
  for (int i = 0; i < n && status == AE_OK; i++) status = write_member(&o, &items[i]);
  for (int i = 0; i < n && status == AE_OK; i++) status = write_entry(&o, &items[i]);
  if (status == AE_OK) status = write_end(&o, n, items, at);
  return aei_output_end(&o, status);
}

ae_status ae_npz_write(const char *path, int n, const ae_named_tensor *entries) {
  int64_t at = 0;
  item *items = aei_calloc((size_t)n * sizeof *items);
  if (!items) return AE_EMEM;
  ae_status status = check(n, entries);
  for (int i = 0; i < n && status == AE_OK; i++) status = prepare(&items[i], &entries[i], &at);
  if (status != AE_OK) aei_prefix(status, "%s", path);
  if (status == AE_OK) status = write_archive(path, n, items, at);
  for (int i = 0; i < n; i++) aei_free(items[i].header.data);
  aei_free(items);
  return status;
}
