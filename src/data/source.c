/* source.c - plain and gzip files as one sequence of bytes.
 *
 * zlib's gzread would do but for two defects it lets pass: bytes after the compressed data, and a
 * missing checksum when the reader stops before it. */
#include "data/source.h"

#include <errno.h>
#include <string.h>

enum { INPUT = 1 << 16 };
enum { MOST_PER_BYTE = 1032 }; /* deflate's best: 258 bytes from two bits */

/* ---- the file ---- */

static ae_status refill(aei_source *s) {
  size_t n = fread(s->input, 1, INPUT, s->file);
  if (n == 0 && ferror(s->file))
    return aei_fail(AE_EIO, "%s: cannot be read at byte %lld: %s", s->path, (long long)s->taken,
                    strerror(errno));
  s->z.next_in = s->input;
  s->z.avail_in = (uInt)n;
  s->taken += (int64_t)n;
  return AE_OK;
}

static int64_t place_in_file(const aei_source *s) { return s->taken - (int64_t)s->z.avail_in; }

/* ---- moving bytes from z.next_in to z.next_out ---- */

static void copy(aei_source *s) {
  z_stream *z = &s->z;
  uInt n = z->avail_in < z->avail_out ? z->avail_in : z->avail_out;
  s->ended = n == 0;
  if (s->ended) return;
  memcpy(z->next_out, z->next_in, n);
  z->next_in += n, z->avail_in -= n;
  z->next_out += n, z->avail_out -= n;
}

/* A file may hold several gzip members, one behind the other. */
static ae_status begin_next_member(aei_source *s) {
  s->ended = s->z.avail_in == 0;
  if (s->ended) return AE_OK;
  if (*s->z.next_in != 0x1f)
    return aei_fail(AE_EFORMAT, "%s: bytes follow after the gzip data, which end at byte %lld",
                    s->path, (long long)place_in_file(s));
  s->between = false;
  inflateReset(&s->z);
  return AE_OK;
}

static ae_status unpack(aei_source *s) {
  if (s->between) return begin_next_member(s);
  int code = inflate(&s->z, Z_NO_FLUSH);
  s->between = code == Z_STREAM_END;
  s->ended = code == Z_BUF_ERROR; /* nothing left to unpack, and the file has no more */
  if (code == Z_MEM_ERROR) return AE_EMEM;
  if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return AE_OK;
  return aei_fail(AE_EFORMAT, "%s: the gzip data are damaged before byte %lld: %s", s->path,
                  (long long)place_in_file(s), s->z.msg ? s->z.msg : "no deflate data");
}

/* Up to n bytes, at least one unless the data end: *got. */
static ae_status read_some(aei_source *s, void *data, uInt n, uInt *got) {
  s->z.next_out = data;
  s->z.avail_out = n;
  while (s->z.avail_out == n && !s->ended) {
    if (s->z.avail_in == 0) AEI_TRY(refill(s));
    if (s->packed)
      AEI_TRY(unpack(s));
    else
      copy(s);
  }
  *got = n - s->z.avail_out;
  s->at += *got;
  return AE_OK;
}

/* ---- what others call ---- */

ae_status aei_source_open(aei_source *s, const char *path) {
  *s = (aei_source){.path = path, .z = {.zalloc = aei_alloc_items, .zfree = aei_free_items}};
  aei_input in;
  AEI_TRY(aei_input_open(&in, path)); /* a regular file: its size bounds what it may announce */
  s->size = in.size;
  s->file = fdopen(in.fd, "rb");
  if (!s->file) return aei_input_close(&in), aei_fail(AE_EMEM, "out of memory");
  s->input = aei_alloc(INPUT);
  ae_status status = s->input ? refill(s) : AE_EMEM;
  if (status == AE_OK && s->z.avail_in > 1 && s->input[0] == 0x1f && s->input[1] == 0x8b) {
    s->packed = inflateInit2(&s->z, MAX_WBITS + 16) == Z_OK;
    if (!s->packed) status = AE_EMEM;
  }
  if (status != AE_OK) aei_source_close(s);
  return status;
}

void aei_source_close(aei_source *s) {
  if (s->packed) inflateEnd(&s->z);
  aei_free(s->input);
  fclose(s->file);
}

ae_status aei_source_read(aei_source *s, void *data, int64_t n) {
  for (char *to = data; n > 0;) {
    uInt got;
    AEI_TRY(read_some(s, to, n < 1 << 30 ? (uInt)n : 1u << 30, &got));
    if (got == 0)
      return aei_fail(AE_EFORMAT, "%s: truncated: the data end at byte %lld", s->path,
                      (long long)s->at);
    to += got;
    n -= got;
  }
  return AE_OK;
}

ae_status aei_source_end(aei_source *s) {
  char extra;
  uInt got;
  AEI_TRY(read_some(s, &extra, 1, &got));
  if (got > 0)
    return aei_fail(AE_EFORMAT, "%s: more bytes follow after byte %lld, where the data should end",
                    s->path, (long long)(s->at - got));
  if (s->packed && !s->between)
    return aei_fail(AE_EFORMAT, "%s: truncated: the gzip data lack their end at byte %lld", s->path,
                    (long long)s->taken);
  return AE_OK;
}

int64_t aei_source_capacity(const aei_source *s) {
  int64_t most;
  if (!s->packed) return s->size;
  return aei_mul(&most, s->size, MOST_PER_BYTE) ? most : INT64_MAX;
}
