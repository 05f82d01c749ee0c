/* npz.c - several NumPy arrays in one file: a ZIP archive of NAME.npy members.
 *
 *     members: local header, name, extra, bytes | central directory | its end record
 *
 * Only the central directory tells what is inside; a member's local header is read for where its
 * bytes begin. Members are stored or deflated; archives above 4 GiB (zip64) are not read or
 * written. Numbers are little-endian and not aligned. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "io/npy.h"

enum {
  LOCAL = 30,   /* bytes of a local header, */
  CENTRAL = 46, /* of an entry of the directory, */
  END = 22,     /* of the end record, each without names and comments */
  MAXCOMMENT = 65535,
  RATIO = 1032, /* bytes that one byte of a deflated stream can give at most */
  DEFLATED = 8
};

typedef struct member {
  char *name; /* without ".npy", in npz.names */
  bool deflated;
  uint32_t crc;
  int64_t packed, size; /* bytes in the archive, and when unpacked */
  int64_t local;        /* where its local header is */
} member;

struct ae_npz {
  aei_input file;
  char *path;
  char *names;
  member *members;
  int count;
};

static int64_t u16(const uint8_t *p) { return p[0] | p[1] << 8; }
static int64_t u32(const uint8_t *p) { return u16(p) | u16(p + 2) << 16; }

static ae_status bad(const ae_npz *z, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: %s", z->path, what);
}

/* ---- the directory ---- */

/* The end record: the last place from which a comment of the length it tells fills the file. */
static ae_status find_end(const ae_npz *z, uint8_t *record, int64_t *place) {
  const int64_t reach = END + MAXCOMMENT, from = z->file.size > reach ? z->file.size - reach : 0;
  const int64_t n = z->file.size - from;
  uint8_t *tail = aei_alloc((size_t)n + 1);
  if (!tail) return AE_EMEM;
  ae_status status = aei_input_read(&z->file, tail, (size_t)n, from);
  int64_t at = n - END;
  while (status == AE_OK && at >= 0 &&
         !(memcmp(tail + at, "PK\5\6", 4) == 0 && at + END + u16(tail + at + 20) == n))
    at--;
  if (status == AE_OK && at < 0) status = bad(z, "no ZIP archive, or one that is cut");
  if (status == AE_OK) {
    memcpy(record, tail + at, END);
    *place = from + at;
  }
  aei_free(tail);
  return status;
}

/* One entry at p with its name of n bytes; members that are no arrays are left out. */
static ae_status add_member(ae_npz *z, const uint8_t *p, int64_t n, char **names) {
  const char *name = (const char *)p + CENTRAL;
  const int64_t method = u16(p + 10);
  member m = {.name = *names,
              .deflated = method == DEFLATED,
              .crc = (uint32_t)u32(p + 16),
              .packed = u32(p + 20),
              .size = u32(p + 24),
              .local = u32(p + 42)};
  if (n < 4 || memcmp(name + n - 4, ".npy", 4) != 0) return AE_OK;
  if (memchr(name, '\0', (size_t)n)) return bad(z, "a member's name has a NUL in it");
  memcpy(*names, name, (size_t)n - 4);
  *names += n - 4;
  *(*names)++ = '\0';
  if (u16(p + 8) & 1) return bad(z, "a member is encrypted");
  if (method != 0 && !m.deflated) return bad(z, "a member is neither stored nor deflated");
  if (m.packed == UINT32_MAX || m.size == UINT32_MAX || m.local == UINT32_MAX)
    return bad(z, "an archive of more than 4 GiB (zip64)");
  if (m.local + LOCAL + m.packed > z->file.size) return bad(z, "a member ends after the file");
  if (m.deflated ? m.size > RATIO * m.packed + 64 : m.size != m.packed)
    return bad(z, "a member's sizes contradict each other");
  z->members[z->count++] = m;
  return AE_OK;
}

static ae_status read_entries(ae_npz *z, const uint8_t *directory, int64_t size, int64_t count) {
  char *names = z->names;
  int64_t at = 0;
  for (int64_t i = 0; i < count; i++) {
    if (size - at < CENTRAL || memcmp(directory + at, "PK\1\2", 4) != 0)
      return bad(z, "the directory of the archive is damaged");
    const int64_t n = u16(directory + at + 28);
    const int64_t whole = CENTRAL + n + u16(directory + at + 30) + u16(directory + at + 32);
    if (size - at < whole) return bad(z, "the directory of the archive is damaged");
    AEI_TRY(add_member(z, directory + at, n, &names));
    at += whole;
  }
  return AE_OK;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A name that occurs twice, or NULL. sorted: room for n. */
static const char *find_double(const char **sorted, int n) {
  qsort(sorted, (size_t)n, sizeof *sorted, by_name);
  for (int i = 1; i < n; i++)
    if (strcmp(sorted[i - 1], sorted[i]) == 0) return sorted[i];
  return NULL;
}

static ae_status check_names(const ae_npz *z) {
  const char **sorted = aei_alloc((size_t)z->count * sizeof *sorted);
  if (!sorted) return AE_EMEM;
  for (int i = 0; i < z->count; i++) sorted[i] = z->members[i].name;
  const char *twice = find_double(sorted, z->count);
  ae_status status = AE_OK;
  if (twice) status = aei_fail(AE_EFORMAT, "%s: two arrays are named \"%.100s\"", z->path, twice);
  aei_free(sorted);
  return status;
}

/* Members that share bytes would give many times what the file could hold. */
static ae_status check_places(const ae_npz *z) {
  int64_t left = z->file.size;
  for (int i = 0; i < z->count; i++) left -= LOCAL + z->members[i].packed;
  return left >= 0 ? AE_OK : bad(z, "its members overlap");
}

static ae_status read_directory(ae_npz *z) {
  uint8_t end[END];
  int64_t place = 0;
  AEI_TRY(find_end(z, end, &place));
  const int64_t count = u16(end + 10), size = u32(end + 12), from = u32(end + 16);
  if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != count)
    return bad(z, "an archive of several files");
  if (from + size > place || count * CENTRAL > size)
    return bad(z, "the end record of the archive is damaged");
  uint8_t *directory = aei_alloc((size_t)size + 1);
  z->names = aei_alloc((size_t)size + 1); /* each name takes less than its entry */
  z->members = aei_alloc((size_t)count * sizeof *z->members);
  ae_status status = directory && z->names && z->members ? AE_OK : AE_EMEM;
  if (status == AE_OK) status = aei_input_read(&z->file, directory, (size_t)size, from);
  if (status == AE_OK) status = read_entries(z, directory, size, count);
  if (status == AE_OK) status = check_names(z);
  if (status == AE_OK) status = check_places(z);
  aei_free(directory);
  return status;
}

ae_status ae_npz_open(ae_npz **out, const char *path) {
  ae_npz *z = aei_calloc(sizeof *z);
  if (!z) return AE_EMEM;
  z->file.fd = -1;
  z->path = aei_strdup(path);
  ae_status status = z->path ? aei_input_open(&z->file, z->path) : AE_EMEM;
  if (status == AE_OK) status = read_directory(z);
  if (status != AE_OK) return ae_npz_close(z), status;
  *out = z;
  return AE_OK;
}

void ae_npz_close(ae_npz *z) {
  if (!z) return;
  aei_input_close(&z->file);
  aei_free(z->members);
  aei_free(z->names);
  aei_free(z->path);
  aei_free(z);
}

int ae_npz_count(const ae_npz *z) { return z->count; }
const char *ae_npz_name(const ae_npz *z, int i) { return z->members[i].name; }

/* ---- members ---- */

enum { CHUNK = 1 << 16 };

static ae_status check_sum(const ae_npz *z, const member *m, uint32_t crc) {
  return crc == m->crc ? AE_OK : bad(z, "its checksum is wrong");
}

static ae_status read_stored(const ae_npz *z, const member *m, int64_t begin, ae_tensor *t) {
  uint8_t buffer[CHUNK];
  uint32_t crc = 0;
  for (int64_t done = 0, n; done < m->size; done += n) {
    n = m->size - done < CHUNK ? m->size - done : CHUNK;
    AEI_TRY(aei_input_read(&z->file, buffer, (size_t)n, begin + done));
    crc = (uint32_t)crc32_z(crc, buffer, (size_t)n);
  }
  AEI_TRY(check_sum(z, m, crc));
  return aei_npy_read(t, &(aei_bytes){z->path, &z->file, NULL, begin, m->size});
}

/* The member's bytes into `out`, which has room for exactly its size. */
static ae_status unpack(const ae_npz *z, const member *m, int64_t begin, char *out) {
  uint8_t buffer[CHUNK];
  z_stream stream = {.next_out = (Bytef *)out,
                     .avail_out = (uInt)m->size,
                     .zalloc = aei_alloc_items,
                     .zfree = aei_free_items};
  int state = Z_OK;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return AE_EMEM;
  ae_status status = AE_OK;
  for (int64_t done = 0, n; done < m->packed && status == AE_OK && state == Z_OK; done += n) {
    n = m->packed - done < CHUNK ? m->packed - done : CHUNK;
    status = aei_input_read(&z->file, buffer, (size_t)n, begin + done);
    stream.next_in = buffer;
    stream.avail_in = (uInt)n;
    if (status == AE_OK) state = inflate(&stream, Z_NO_FLUSH);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (status != AE_OK || state == Z_MEM_ERROR) return status != AE_OK ? status : AE_EMEM;
  if (!whole) return bad(z, "its compressed bytes are damaged");
  return check_sum(z, m, (uint32_t)crc32_z(0, (const Bytef *)out, (size_t)m->size));
}

static ae_status read_deflated(const ae_npz *z, const member *m, int64_t begin, ae_tensor *t) {
  char *bytes = aei_alloc((size_t)m->size + 1);
  if (!bytes) return AE_EMEM;
  ae_status status = unpack(z, m, begin, bytes);
  if (status == AE_OK) status = aei_npy_read(t, &(aei_bytes){z->path, NULL, bytes, 0, m->size});
  aei_free(bytes);
  return status;
}

static ae_status read_member(const ae_npz *z, const member *m, ae_tensor *t) {
  uint8_t local[LOCAL];
  AEI_TRY(aei_input_read(&z->file, local, LOCAL, m->local));
  if (memcmp(local, "PK\3\4", 4) != 0) return bad(z, "no member where the directory says");
  const int64_t begin = m->local + LOCAL + u16(local + 26) + u16(local + 28);
  if (begin + m->packed > z->file.size) return bad(z, "it ends after the file");
  return m->deflated ? read_deflated(z, m, begin, t) : read_stored(z, m, begin, t);
}

ae_status ae_npz_read(const ae_npz *z, int i, ae_tensor *t) {
  ae_status status = read_member(z, &z->members[i], t);
  return status == AE_OK ? status : aei_prefix(status, "array \"%.100s\"", z->members[i].name);
}
